#include "file_list.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char* below_root(const FTSENT* entry) {
  return strncmp(entry->fts_path, "./", 2) == 0 ? entry->fts_path + 2 : entry->fts_path;
}

static bool add_file(file_list* files, const FTSENT* entry) {
  if (files->count == files->capacity) {
    size_t capacity = files->capacity == 0 ? 1024 : files->capacity * 2;
    file_entry* grown = realloc(files->entries, capacity * sizeof *grown);
    if (grown == NULL) return false;
    files->entries = grown;
    files->capacity = capacity;
  }
  char* path = strdup(below_root(entry));
  if (path == NULL) return false;
  files->entries[files->count++] =
      (file_entry){.path = path, .size = entry->fts_statp->st_size, .hashed = false};
  return true;
}

static bool visit(file_list* files, const FTSENT* entry) {
  switch (entry->fts_info) {
    case FTS_F:
      return add_file(files, entry);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
      report_unreadable(files, below_root(entry), strerror(entry->fts_errno));
      return true;
    default: /* directories, symbolic links, devices ... */
      return true;
  }
}

bool list_files(file_list* files) {
  char root[] = ".";
  char* const roots[] = {root, NULL};
  *files = (file_list){.entries = NULL};
  FTS* walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (walk == NULL) return false;
  FTSENT* entry;
  bool fine = true;
  while (fine && (errno = 0, entry = fts_read(walk)) != NULL) fine = visit(files, entry);
  fine = fine && errno == 0;
  fts_close(walk);
  return fine;
}

void free_files(file_list* files) {
  for (size_t i = 0; i < files->count; ++i) free(files->entries[i].path);
  free(files->entries);
  *files = (file_list){.entries = NULL};
}

size_t largest_file(const file_list* files) {
  size_t largest = 0;
  for (size_t i = 1; i < files->count; ++i) {
    if (files->entries[i].size > files->entries[largest].size) largest = i;
  }
  return largest;
}

static int by_path(const void* left, const void* right) {
  /* strcmp compares bytes as unsigned, which is the order of LC_ALL=C. */
  return strcmp(((const file_entry*)left)->path, ((const file_entry*)right)->path);
}

bool tree_digest(file_list* files, char hex[65]) {
  if (files->count > 0) qsort(files->entries, files->count, sizeof *files->entries, by_path);
  sha256_stream* stream = sha256_begin();
  bool fine = stream != NULL;
  for (size_t i = 0; fine && i < files->count; ++i) {
    const file_entry* file = &files->entries[i];
    if (!file->hashed) continue;
    char file_hex[65];
    sha256_hex(file->digest.sha256, file_hex);
    fine = sha256_add(stream, file_hex, 64) && sha256_add(stream, "  ", 2) &&
           sha256_add(stream, file->path, strlen(file->path) + 1);
  }
  unsigned char digest[32];
  fine = sha256_end(stream, digest) && fine;
  if (fine) sha256_hex(digest, hex);
  return fine;
}

void report_unreadable(file_list* files, const char* path, const char* reason) {
  ++files->unreadable;
  fputs("c unreadable file=", stderr);
  print_quoted(stderr, path);
  fprintf(stderr, " %s\n", reason);
}

void print_quoted(FILE* stream, const char* name) {
  fputc('"', stream);
  for (const unsigned char* byte = (const unsigned char*)name; *byte != '\0'; ++byte) {
    bool plain = *byte >= 0x20 && *byte < 0x7f && *byte != '"' && *byte != '\\';
    if (plain) {
      fputc(*byte, stream);
    } else {
      fprintf(stream, "\\x%02x", *byte);
    }
  }
  fputc('"', stream);
}
