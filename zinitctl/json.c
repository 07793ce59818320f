/* Writes JSON, as in RFC 8259. */
#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT_CHARACTER "\xef\xbf\xbd"

/* The number of bytes of the UTF-8 character that begins here; 0 if there is no such. Then `*wrong` is the number of
 * bytes that one U+FFFD replaces, as Unicode recommends it: the longest beginning of a character, or one byte. */
static size_t character_length(const unsigned char *at, size_t left, size_t *wrong)
{
    unsigned char first = at[0];
    /* What the second byte may be: overlong forms, surrogates and numbers above U+10FFFF are excluded. */
    unsigned char lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    *wrong = 1;
    for (size_t i = 1; i < length; i++) {
        if (i >= left || at[i] < lowest || at[i] > highest)
            return 0;
        lowest = 0x80;
        highest = 0xbf;
        *wrong = i + 1;
    }
    return length;
}

/* Writes one character of ASCII. A terminal shall not act on a control character either. */
static void write_ascii(FILE *stream, unsigned char byte)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = byte == '\0' ? NULL : strchr(escaped, byte);

    if (found != NULL)
        fprintf(stream, "\\%c", letters[found - escaped]);
    else if (byte < 0x20 || byte == 0x7f)
        fprintf(stream, "\\u%04x", (unsigned)byte);
    else
        putc(byte, stream);
}

static void write_string(FILE *stream, const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;

    putc('"', stream);
    while (at < end) {
        size_t wrong;
        size_t count = character_length(at, (size_t)(end - at), &wrong);

        if (count == 0)
            fputs(REPLACEMENT_CHARACTER, stream);
        else if (count == 1)
            write_ascii(stream, *at);
        else if (count == 2 && at[0] == 0xc2 && at[1] < 0xa0)
            fprintf(stream, "\\u%04x", (unsigned)at[1]);
        else
            fwrite(at, 1, count, stream);
        at += count == 0 ? wrong : count;
    }
    putc('"', stream);
}

/* Writes what stands in front of a value. */
static void begin_value(struct json *json, const char *key)
{
    if (json->needs_comma)
        fputs(", ", json->stream);
    if (key != NULL) {
        write_string(json->stream, key, strlen(key));
        fputs(": ", json->stream);
    }
}

static void end_value(struct json *json)
{
    json->needs_comma = json->depth != 0;
    if (json->depth == 0)
        putc('\n', json->stream);
}

static void begin_container(struct json *json, const char *key, char bracket)
{
    begin_value(json, key);
    putc(bracket, json->stream);
    json->depth++;
    json->needs_comma = 0;
}

static void end_container(struct json *json, char bracket)
{
    putc(bracket, json->stream);
    json->depth--;
    end_value(json);
}

void json_begin_object(struct json *json, const char *key)
{
    begin_container(json, key, '{');
}

void json_end_object(struct json *json)
{
    end_container(json, '}');
}

void json_begin_array(struct json *json, const char *key)
{
    begin_container(json, key, '[');
}

void json_end_array(struct json *json)
{
    end_container(json, ']');
}

void json_string(struct json *json, const char *key, const char *value)
{
    if (value == NULL)
        json_null(json, key);
    else
        json_bytes(json, key, value, strlen(value));
}

void json_bytes(struct json *json, const char *key, const char *value, size_t length)
{
    begin_value(json, key);
    write_string(json->stream, value, length);
    end_value(json);
}

void json_integer(struct json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    fprintf(json->stream, "%" PRId64, value);
    end_value(json);
}

void json_number(struct json *json, const char *key, int64_t value)
{
    if (value < 0)
        json_null(json, key);
    else
        json_integer(json, key, value);
}

void json_double(struct json *json, const char *key, double value)
{
    char text[32];

    /* The difference is not 0 for infinity and for "not a number". */
    if (value - value != 0) {
        json_null(json, key);
        return;
    }
    begin_value(json, key);
    /* The shorter form, if it is the same number. */
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) < value || strtod(text, NULL) > value)
        snprintf(text, sizeof text, "%.17g", value);
    fputs(text, json->stream);
    end_value(json);
}

void json_boolean(struct json *json, const char *key, int value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->stream);
    end_value(json);
}

void json_null(struct json *json, const char *key)
{
    begin_value(json, key);
    fputs("null", json->stream);
    end_value(json);
}
