/* The files of a tree, with what becomes of them. */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_FILE_LIST_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_FILE_LIST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "digest_task.h"

typedef struct file_entry {
  char* path; /* relative to the tree; any bytes but NUL */
  int64_t size;
  bool hashed; /* `digest` is filled */
  file_digest digest;
} file_entry;

typedef struct file_list {
  file_entry* entries;
  size_t count;
  size_t capacity;
  size_t unreadable; /* files and directories */
} file_list;

/* Lists the regular files under the current directory, following no symbolic link. */
bool list_files(file_list* files);
void free_files(file_list* files);

/* Index of the largest file; the list must not be empty. */
size_t largest_file(const file_list* files);

/* The digest of the whole tree, as 64 hexadecimal digits. Sorts the list by path. */
bool tree_digest(file_list* files, char hex[65]);

/* Says on standard error that something could not be read, and counts it. */
void report_unreadable(file_list* files, const char* path, const char* reason);

/* Writes a name in double quotes, everything but plain printable ASCII as \xhh. */
void print_quoted(FILE* stream, const char* name);

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_FILE_LIST_H_ */
