// SPDX-License-Identifier: LGPL-2.1-or-later
#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "screen.h"
#include "tool.h"

#define TOP_LINES	(VIEW_LINES + 2)	/* and what is sorted by, and the header */
#define NAME_WIDTH_MIN	24
#define FIGURE_WIDTH	11
#define ESCAPE		27

/**
 * struct screen - A view on a terminal
 * @view: the view
 * @exact: bytes without units
 * @row: the row that is marked
 * @first: the first row that is shown
 * @help: the keys are shown
 * @still: nothing is read until a key is pressed
 */
struct screen {
	struct view *view;
	bool exact;
	size_t row;
	size_t first;
	bool help;
	bool still;
};

static const char *const help[] = {
	"Up Down j k      a row up or down      PgUp PgDn    a page",
	"Home End         the first, the last   Left Right, < >   sort by another column",
	"n o b p          sort by name, objects, bytes, peak bytes",
	"t T y            sort by total objects, total bytes, part that died young",
	"r                the other way round   g            group by site, function, file, type",
	"Tab, Shift-Tab   another heap          Space        look now",
	"s                stand still, or go on q            the end",
};

static const struct {
	int key;
	enum site_column column;
} sort_keys[] = {
	{ 'n', SITE_NAME }, { 'o', SITE_OBJECTS }, { 'b', SITE_BYTES }, { 'p', SITE_PEAK_BYTES },
	{ 't', SITE_TOTAL_OBJECTS }, { 'T', SITE_TOTAL_BYTES }, { 'y', SITE_YOUNG_PART },
};

static size_t page(void)
{
	int rows = LINES - TOP_LINES - 1;

	return rows > 1 ? (size_t)rows : 1;
}

/* A line of the screen, cut off at its end. */
static void put_line(int y, attr_t attributes, const char *text)
{
	move(y, 0);
	clrtoeol();
	addnstr(text, COLS);
	mvchgat(y, 0, -1, attributes, 0, NULL);
}

static int name_width(const struct rows *rows)
{
	int figures = 0;

	for (size_t i = 0; i < rows->width; i++)
		figures += rows->columns[i].title && rows->columns[i].kind != COLUMN_TEXT &&
			   i != SITE_HEAP;
	figures *= FIGURE_WIDTH + 1;
	return COLS - figures > NAME_WIDTH_MIN ? COLS - figures : NAME_WIDTH_MIN;
}

/* The end of a name says more than its beginning. */
static void add_name(char *to, size_t room, const char *name, int width)
{
	size_t length = strlen(name);
	size_t most = (size_t)width;

	if (length > most)
		snprintf(to, room, "...%s", name + length - most + 3);
	else
		snprintf(to, room, "%-*s", width, name);
}

static void draw_header(const struct screen *screen)
{
	const struct rows *rows = &screen->view->rows;
	int width = name_width(rows);
	int x = width;

	put_line(TOP_LINES - 1, A_REVERSE, "");
	attron(A_REVERSE);
	mvaddnstr(TOP_LINES - 1, 0, rows->columns[SITE_NAME].title, COLS);
	for (size_t i = SITE_OBJECTS; i < rows->width && x < COLS; i++) {
		bool sorted = (int)i == screen->view->column;

		if (!rows->columns[i].title)
			continue;
		if (sorted)
			attron(A_BOLD | A_UNDERLINE);
		mvprintw(TOP_LINES - 1, x, " %*s", FIGURE_WIDTH, rows->columns[i].title);
		attroff(A_BOLD | A_UNDERLINE);
		x += FIGURE_WIDTH + 1;
	}
	attroff(A_REVERSE);
}

static void draw_row(const struct screen *screen, size_t row, int y)
{
	const struct rows *rows = &screen->view->rows;
	const struct cell *cells = rows_at(rows, row);
	int width = name_width(rows);
	char text[1024];
	size_t length;

	add_name(text, sizeof(text) / 2, cells[SITE_NAME].text, width);
	for (size_t i = SITE_OBJECTS; i < rows->width; i++) {
		if (!rows->columns[i].title)
			continue;
		length = strlen(text);
		snprintf(text + length, sizeof(text) - length, " %*s", FIGURE_WIDTH,
			 rows_figure(rows, cells, i, screen->exact).text);
	}
	put_line(y, row == screen->row ? A_REVERSE : A_NORMAL, text);
}

static void draw_state(const struct screen *screen)
{
	const struct view *view = screen->view;
	char text[VIEW_LINE_MAX];

	snprintf(text, sizeof(text), "sorted by %s%s, grouped by %s, %zu rows%s",
		 view->rows.columns[view->column].key, view->reverse ? " (reversed)" : "",
		 site_groups[view->group], view->rows.count,
		 screen->still ? ", standing still" : "");
	put_line(VIEW_LINES, A_NORMAL, text);
	put_line(LINES - 1, A_DIM, "q quit  h help  arrows scroll and sort  r reverse  g group  "
		 "Tab heap  Space look");
}

static void draw(struct screen *screen)
{
	const struct view *view = screen->view;
	char text[VIEW_LINE_MAX];

	if (screen->row >= view->rows.count)
		screen->row = view->rows.count ? view->rows.count - 1 : 0;
	if (screen->row < screen->first)
		screen->first = screen->row;
	if (screen->row >= screen->first + page())
		screen->first = screen->row - page() + 1;
	erase();
	for (int i = 0; i < VIEW_LINES; i++) {
		view_line(view, i, screen->exact, text);
		put_line(i, i ? A_NORMAL : A_BOLD, text);
	}
	draw_state(screen);
	draw_header(screen);
	for (size_t i = 0; i < page() && screen->first + i < view->rows.count; i++)
		draw_row(screen, screen->first + i, TOP_LINES + (int)i);
	for (size_t i = 0; screen->help && i < sizeof(help) / sizeof(help[0]); i++)
		put_line(TOP_LINES + (int)i, A_NORMAL, help[i]);
	refresh();
}

/* Another column that is shown, to the left or to the right. */
static void move_column(struct view *view, int step)
{
	int column = view->column;

	do {
		column += step;
		if (column < SITE_NAME || column >= (int)view->rows.width)
			return;
	} while (!view->rows.columns[column].title);
	view->column = column;
}

static void move_row(struct screen *screen, size_t by, bool up)
{
	if (up)
		screen->row -= by < screen->row ? by : screen->row;
	else
		screen->row += by;
}

/* Whether it was a key that only moves. */
static bool take_move(struct screen *screen, int key)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		move_row(screen, 1, true);
		return true;
	case KEY_DOWN:
	case 'j':
		move_row(screen, 1, false);
		return true;
	case KEY_PPAGE:
		move_row(screen, page(), true);
		return true;
	case KEY_NPAGE:
		move_row(screen, page(), false);
		return true;
	case KEY_HOME:
		screen->row = 0;
		return true;
	case KEY_END:
		screen->row = screen->view->rows.count;
		return true;
	case 'h':
	case '?':
		screen->help = !screen->help;
		return true;
	case KEY_RESIZE:
		return true;
	default:
		return false;
	}
}

static void take_sort(struct screen *screen, int key)
{
	struct view *view = screen->view;

	for (size_t i = 0; i < sizeof(sort_keys) / sizeof(sort_keys[0]); i++)
		if (sort_keys[i].key == key)
			view->column = sort_keys[i].column;
	if (key == KEY_LEFT || key == '<')
		move_column(view, -1);
	else if (key == KEY_RIGHT || key == '>')
		move_column(view, 1);
	else if (key == 'r')
		view->reverse = !view->reverse;
}

/* Returns whether the heap is to be read again at once. */
static bool take_key(struct screen *screen, int key)
{
	struct view *view = screen->view;

	if (take_move(screen, key))
		return false;
	switch (key) {
	case '\t':
	case KEY_BTAB:
		view_next(view, key == KEY_BTAB);
		return true;
	case 'g':
		view->group = (view->group + 1) % GROUP_COUNT;
		return true;
	case 's':
		screen->still = !screen->still;
		return false;
	case ' ':
		return true;
	default:
		take_sort(screen, key);
		rows_sort(&view->rows, view->column, view->reverse);
		return false;
	}
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Until a key ends it, or the heap is gone. Nothing is said while the screen is ours. */
static int show(struct screen *screen, int delay_ms)
{
	long long next = 0;
	int code;

	for (;;) {
		long long left;
		int key;

		if (now_ms() >= next && !screen->still) {
			code = view_update(screen->view);
			if (!code)
				code = view_read(screen->view);
			if (code)
				return code;
			next = now_ms() + delay_ms;
		}
		draw(screen);
		left = next - now_ms();
		timeout(screen->still ? -1 : left > 0 ? (int)left : 0);
		key = getch();
		if (key == 'q' || key == 'Q' || key == ESCAPE)
			return EXIT_OK;
		if (key != ERR && take_key(screen, key))
			next = 0;
	}
}

int screen_run(struct view *view, double delay, bool exact)
{
	struct screen screen = { .view = view, .exact = exact };
	int code;

	/* What is wrong is said first, when there is no screen yet. */
	code = view_update(view);
	if (code)
		return code;
	setlocale(LC_CTYPE, "");
	hold_words();
	if (!newterm(NULL, stdout, stdin)) {
		say_words();
		return complain(EXIT_FAILED, "the terminal is not known: `mheap top --once'");
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	code = show(&screen, (int)(delay * 1000));
	endwin();
	say_words();
	return code;
}
