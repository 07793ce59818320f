/* Tables: in columns for people, with tabs for programs. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "statuses.h"

/* A cell that is wider sticks out of its column, and does not make the other rows wider. */
#define WIDEST_COLUMN 24
#define MOST_COLUMNS 16
#define NOTHING "-"

void add_cell(struct table *table, const char *text, const char *colour)
{
    if (table->cell_count == table->capacity) {
        table->capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
        table->cells = need_memory(realloc(table->cells, table->capacity * sizeof *table->cells));
    }
    table->cells[table->cell_count].text = text == NULL ? NULL : need_memory(strdup(text));
    table->cells[table->cell_count].colour = colour;
    table->cell_count++;
}

void free_table(struct table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->cells);
    table->cells = NULL;
    table->cell_count = 0;
    table->capacity = 0;
}

static void print_cell(const struct cell *cell, size_t width, int in_colour)
{
    const char *text = cell->text == NULL ? NOTHING : cell->text;
    int coloured = in_colour && *cell->colour != '\0';

    if (coloured)
        fputs(cell->colour, stdout);
    print_text(text, 0);
    if (coloured)
        fputs(COLOUR_END, stdout);
    for (size_t printed = width == 0 ? 0 : width_of(text); printed < width; printed++)
        putchar(' ');
}

static void print_for_programs(const struct table *table, int in_colour)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        print_cell(&table->cells[i], 0, in_colour);
        putchar((i + 1) % table->column_count == 0 ? '\n' : '\t');
    }
}

/* The width of each column; 0 for one in which no row says anything. */
static void measure(const struct table *table, size_t *widths)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        const char *text = table->cells[i].text;
        size_t *widest = &widths[i % table->column_count];
        size_t width;

        if (text == NULL)
            continue;
        width = width_of(text);
        if (*widest < strlen(table->columns[i % table->column_count].title))
            *widest = strlen(table->columns[i % table->column_count].title);
        if (*widest < width && width <= WIDEST_COLUMN)
            *widest = width;
    }
}

/* The width of a row. */
static size_t width_of_row(const struct table *table, const size_t *widths)
{
    size_t total = 0;

    for (size_t i = 0; i < table->column_count; i++)
        total += widths[i] == 0 ? 0 : widths[i] + (total == 0 ? 0 : 2);
    return total;
}

/* Leaves out columns until a row fits. */
static void fit(const struct table *table, size_t *widths, size_t columns)
{
    while (width_of_row(table, widths) > columns) {
        size_t least = table->column_count;
        for (size_t i = 0; i < table->column_count; i++) {
            int weight = table->columns[i].weight;
            if (widths[i] == 0 || weight == 0)
                continue;
            if (least == table->column_count || weight < table->columns[least].weight)
                least = i;
        }
        if (least == table->column_count)
            return;
        widths[least] = 0;
    }
}

static void print_row(const struct cell *cells, const size_t *widths, size_t count, int in_colour)
{
    size_t last = 0;

    for (size_t i = 0; i < count; i++)
        last = widths[i] == 0 ? last : i;
    for (size_t i = 0; i <= last; i++) {
        if (widths[i] == 0)
            continue;
        print_cell(&cells[i], i == last ? 0 : widths[i], in_colour);
        fputs(i == last ? "\n" : "  ", stdout);
    }
}

static void print_header(const struct table *table, const size_t *widths)
{
    struct cell cells[MOST_COLUMNS];

    for (size_t i = 0; i < table->column_count; i++)
        cells[i] = (struct cell){(char *)table->columns[i].title, ""};
    print_row(cells, widths, table->column_count, 0);
}

void print_table(const struct call *call, const struct table *table)
{
    size_t widths[MOST_COLUMNS] = {0};
    int in_colour = use_colour(call);

    if (!isatty(STDOUT_FILENO)) {
        print_for_programs(table, in_colour);
        return;
    }
    if (table->cell_count == 0)
        return;
    measure(table, widths);
    fit(table, widths, columns_of(STDOUT_FILENO));
    if (!call->no_header)
        print_header(table, widths);
    for (size_t i = 0; i < table->cell_count; i += table->column_count)
        print_row(&table->cells[i], widths, table->column_count, in_colour);
}
