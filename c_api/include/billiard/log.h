/* What the library has to say: one logger per process, silent until it is told where to write.
 *
 *   bp_log_to_stderr(BP_LOG_INFO);
 *   // [ERROR/MainProcess] Process 'ForkPoolWorker-2' pid:4711 exited with 'signal 11 (SIGSEGV)'
 *
 * A line is one write(2), so that those of several processes stay whole. Nothing in here blocks on another
 * process's lock, ends the process, or raises SIGPIPE. Forked workers and processes go on with the settings of
 * their host; workers that are commands are given them in their environment (_MP_FORK_LOGLEVEL_,
 * _MP_FORK_LOGFILE_, _MP_FORK_LOGFORMAT_) and read them in bp_worker_attach, unless their logger is set up
 * already. Process objects that are spawned, or forked by the fork server, read these variables too, and log as
 * their starter does where there are none; not to a descriptor.
 *
 * At BP_LOG_INFO process objects tell of their lives: "child process 4711 calling self.run()", "process shutting
 * down", "calling terminate() for daemon Process-1", "calling join() for process Process-2", "process 4711
 * exiting with exitcode 0". */
#ifndef BILLIARD_LOG_H_
#define BILLIARD_LOG_H_

#include "billiard/error.h"

/* Levels; any number between them is one too (UTIL-40). */
typedef enum bp_log_level {
  BP_LOG_NOTSET = 0, /* of the logger: as BP_LOG_WARNING */
  BP_LOG_SUBDEBUG = 5,
  BP_LOG_DEBUG = 10,
  BP_LOG_INFO = 20,
  BP_LOG_SUBWARNING = 25,
  BP_LOG_WARNING = 30,
  BP_LOG_ERROR = 40
} bp_log_level;

/* A format: each line is one JSON object in UTF-8 (what is none becomes U+FFFD), with the members time (UTC,
 * "2026-01-31T12:00:00.123Z"), level ("INFO"), levelno (20), name (the logger's), processName, process (the
 * pid) and message. */
#define BP_LOG_FORMAT_JSON "%(json)s"

BP_BEGIN_C

/* Writes lines to stderr. However often it is called there is one sink (UTIL-43); it replaces any other. The
 * level is set unless it is BP_LOG_NOTSET.
 * Owner: nothing. Threads: any. Fork: a child goes on with it. Blocks: never. Errors: none. */
BP_API void bp_log_to_stderr(int32_t level);

/* Appends lines to a file, which is made, readable by its owner alone, if need be. Replaces any other sink.
 * Owner: path is copied. Threads: any. Fork: a child goes on with it. Blocks: for disk.
 * Errors: BP_INVALID (path), BP_OS (it can not be opened; nothing has changed). */
BP_API bp_status bp_log_to_file(const char* path, int32_t level, bp_error** error);

/* Writes lines to a copy of a descriptor. Replaces any other sink. Workers that are commands do not log then.
 * Owner: fd stays the caller's, who may close it. Threads: any. Fork: a child goes on with it.
 * Blocks: never. Errors: BP_OS (fd is none). */
BP_API bp_status bp_log_to_fd(int fd, int32_t level, bp_error** error);

/* Ends logging, and closes what bp_log_to_file or bp_log_to_fd has opened.
 * Owner: nothing. Threads: any. Fork: in the calling process alone. Blocks: never. Errors: none. */
BP_API void bp_log_stop(void);

/* Sets the least level that is written.
 * Owner: nothing. Threads: any. Fork: in the calling process alone. Blocks: never. Errors: none. */
BP_API void bp_log_set_level(int32_t level);

/* The level as it was set; BP_LOG_NOTSET at first.
 * Owner: nothing. Threads: any. Fork: a child has its parent's. Blocks: never. Errors: none. */
BP_API int32_t bp_log_get_level(void);

/* 1 when a line of this level would be written, else 0. Costs a few nanoseconds.
 * Owner: nothing. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API int bp_log_enabled(int32_t level);

/* Writes a line if its level is enabled.
 * Owner: message is copied; NULL is ignored. Threads: any. Fork: any. Blocks: as long as write(2) does.
 * Errors: none; a line that can not be written is lost. */
BP_API void bp_log_write(int32_t level, const char* message);

/* Sets what a line looks like: %(levelname)s, %(processName)s, %(process)d, %(name)s, %(asctime)s (UTC) and
 * %(message)s stand for what they say, %(json)s for all of it, anything else for itself. NULL or "": the
 * default, "[%(levelname)s/%(processName)s] %(message)s".
 * Owner: format is copied. Threads: any. Fork: a child goes on with it. Blocks: never. Errors: none. */
BP_API void bp_log_set_format(const char* format);

/* Sets what %(name)s stands for: "billiard" at first.
 * Owner: name is copied; NULL is ignored. Threads: any. Fork: a child goes on with it. Blocks: never.
 * Errors: none. */
BP_API void bp_log_set_name(const char* name);

/* Writes the name of a level: "WARNING", or "Level 7" for a number without one.
 * Owner: text is the caller's. Returns the length of the whole text; what does not fit in `capacity` bytes is
 * cut, and still ends in NUL when capacity > 0. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API size_t bp_log_level_name(int32_t level, char* text, size_t capacity);

/* Writes what this process is called in its lines: "MainProcess" at first, "ForkPoolWorker-1" in a worker, and
 * the name of the process object (bp_current_set_name) in its process.
 * Owner: text is the caller's. Returns the length of the whole text, as bp_log_level_name. Threads: any.
 * Fork: a child has its parent's until it is a worker. Blocks: never. Errors: none. */
BP_API size_t bp_log_process_name(char* text, size_t capacity);

/* Changes it; a few bytes of every name are kept for good.
 * Owner: name is copied; NULL is ignored. Threads: any. Fork: in the calling process alone. Blocks: never.
 * Errors: none. */
BP_API void bp_log_set_process_name(const char* name);

BP_END_C

#endif /* BILLIARD_LOG_H_ */
