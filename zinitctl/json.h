/* Writes JSON. The caller opens and closes objects and arrays in pairs; commas are written here.
 *
 *     struct json json = {.stream = stdout};
 *     json_begin_object(&json, NULL);
 *     json_string(&json, "name", "web");
 *     json_integer(&json, "pid", 17);
 *     json_end_object(&json);
 *
 * Each document is one line. Several may follow each other: one object a line, for a stream.
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *stream;
    unsigned depth;   /* the objects and arrays that are open; begin with 0 */
    int needs_comma;  /* something stands in front, in the same object or array; begin with 0 */
};

/* In all of them, `key` is the name of the member; NULL in an array, and for a whole document. */

void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *key);
void json_end_array(struct json *json);
/* Writes text; null for NULL. Bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);
/* The same with a length, for text that may contain a NUL. */
void json_bytes(struct json *json, const char *key, const char *value, size_t length);
void json_integer(struct json *json, const char *key, int64_t value);
/* Writes null for a number below 0, which is one that is not known. */
void json_number(struct json *json, const char *key, int64_t value);
/* Writes null for a number that JSON does not have: infinity, and not a number. */
void json_double(struct json *json, const char *key, double value);
void json_boolean(struct json *json, const char *key, int value);
void json_null(struct json *json, const char *key);

#endif
