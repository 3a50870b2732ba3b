#include "progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "run.h"

static bool shown = false;

void show_progress(size_t done, size_t total) {
  static int terminal = -1;
  static int64_t last_ns = 0;
  if (terminal < 0) terminal = isatty(STDERR_FILENO);
  if (!terminal) return;
  int64_t now = now_ns();
  if (now - last_ns < 100 * 1000 * 1000) return;
  last_ns = now;
  shown = true;
  fprintf(stderr, "\rc %zu/%zu files", done, total);
  fflush(stderr);
}

void clear_progress(void) {
  if (shown) fputs("\r\x1b[K", stderr);
  shown = false;
}
