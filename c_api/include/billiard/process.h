/* Process objects: a function, an entry or a command in a process of its own (process.md).
 *
 *   bp_process_options options;
 *   bp_process_options_init(&options, sizeof options);
 *   options.entry = "resize";
 *   options.data = path;
 *   options.data_size = strlen(path);
 *   bp_process_create(&options, &process, &error);
 *   bp_process_start(process, &error);
 *   bp_process_join(process, BP_FOREVER, NULL, &error);
 *   bp_process_exit_status(process, &status, &error);
 *   bp_process_release(process);
 *
 * A child is a child of this process (of the fork server with that start method). Nobody else's wait is
 * needed: it is followed by a pidfd, its end is seen even when this program ignores SIGCHLD or waits for any
 * child itself, and its exit status is then known where the kernel keeps it (6.15), else BP_EXIT_UNKNOWN.
 *
 * At exit() of a program that started processes, daemonic children are asked to end, and killed after five
 * seconds; all others are waited for.
 *
 * Shared objects are handed to a child by their ids: the default segment of a spawned child is this
 * process's. A process object belongs to the process that made it. */
#ifndef BILLIARD_PROCESS_H_
#define BILLIARD_PROCESS_H_

#include "billiard/context.h"
#include "billiard/interrupt.h"
#include "billiard/pool.h"

/* "The process has not ended": never an exit code or signal, and not BP_EXIT_UNKNOWN. */
#define BP_EXIT_NONE (INT32_MIN + 1)

typedef struct bp_process bp_process;

/* One of function, entry and command is to be set. */
typedef struct bp_process_options {
  size_t size;               /* sizeof(bp_process_options) */
  const char* name;          /* at most 255 bytes; NULL: by kind and identity, as "Process-1" */
  const bp_context* context; /* NULL: the default one */
  int32_t daemon;            /* 1: ends with this process; -1: not; 0: as this process is */
  int32_t force_fork;     /* 1: fork although the process has threads that Billiard does not own */
  bp_process_fn function; /* fork alone can run it */
  void* function_context;
  const char* entry;          /* name of a registered function */
  const char* const* command; /* argv, ended by NULL; command[0] is looked up in PATH */
  const char* const*
      environment;  /* of a command: "NAME=value" added to this process's, ended by NULL */
  const void* data; /* what function or entry gets */
  size_t data_size;
  const int32_t*
      fds; /* descriptors that the child gets too (bp_inherited_fds); a command has them as 3,
                         4, ... Its other descriptors are closed, but for a fork, which has them all */
  size_t fd_count;          /* at most 251 */
  int64_t start_timeout_ns; /* for bp_process_start; 0: 30 s; BP_FOREVER */
  bp_fork_fn fork_process;  /* NULL: fork() */
  void* fork_context;
} bp_process_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_process_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_process_options_init(bp_process_options* options, size_t size);

/* Makes a process object. Nothing runs, and nothing of the system is taken, until bp_process_start.
 * Owner: options and data are copied; the descriptors stay the caller's and must be open at the start; *out
 * is the caller's, ended with bp_process_release. Threads: any. Fork: belongs to this process.
 * Blocks: never. Errors: BP_INVALID (out; options, by name). */
BP_API bp_status bp_process_create(const bp_process_options* options, bp_process** out,
                                   bp_error** error);

/* Starts it; returns when the child exists and has found what it is to run. May be tried again when it
 * fails: nothing is left then.
 * Owner: borrows. Threads: any. Fork: BP_FORKED in a child; with fork the child never returns from it.
 * Blocks: until the child is ready, to options.start_timeout_ns.
 * Errors: BP_STATE (started already; this process is itself still being started, or did not call
 * bp_freeze_support), BP_FORK_UNSAFE, BP_NOT_FOUND (no such entry), BP_START_FAILED, BP_TIMEOUT, BP_INVALID
 * (a function with another start method than fork), BP_NOMEM, BP_OS. */
BP_API bp_status bp_process_start(bp_process* process, bp_error** error);

/* Waits for the end of the child, and reaps it. May be repeated.
 * Owner: borrows. Threads: any. Fork: BP_FORKED in a child. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_STATE (not started), BP_INVALID (process, timeout_ns). */
BP_API bp_status bp_process_join(bp_process* process, int64_t timeout_ns, bp_interrupt* interrupt,
                                 bp_error** error);

/* *alive is 1 while the child runs, else 0. Reaps it when it has ended.
 * Owner: *alive is the caller's. Threads: any. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (process, alive). */
BP_API bp_status bp_process_is_alive(bp_process* process, int32_t* alive, bp_error** error);

/* *status is the exit code, minus the number of the signal that ended the child, BP_EXIT_UNKNOWN when
 * somebody else learned it, or BP_EXIT_NONE before its end. Reaps it when it has ended.
 * bp_exit_status_text puts it in words.
 * Owner: *status is the caller's. Threads: any. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (process, status). */
BP_API bp_status bp_process_exit_status(bp_process* process, int32_t* status, bp_error** error);

/* Asks the child to end: SIGTERM, or what the environment's REMAP_SIGTERM names. One that has ended is no
 * error. Its own children are not signalled.
 * Owner: borrows. Threads: any. Fork: BP_FORKED in a child. Blocks: 0.1 s at most, when refused.
 * Errors: BP_STATE (not started), BP_OS, BP_INVALID (process). */
BP_API bp_status bp_process_terminate(bp_process* process, bp_error** error);

/* SIGKILL. As bp_process_terminate.
 * Owner: borrows. Threads: any. Fork: BP_FORKED in a child. Blocks: 0.1 s at most, when refused.
 * Errors: BP_STATE (not started), BP_OS, BP_INVALID (process). */
BP_API bp_status bp_process_kill(bp_process* process, bp_error** error);

/* Gives the sentinel back; pid, exit status and name can still be asked for. May be repeated.
 * Owner: borrows. Threads: any. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_STATE (the child is alive), BP_INVALID (process). */
BP_API bp_status bp_process_close(bp_process* process, bp_error** error);

/* Frees the handle. A child that runs goes on, and stays in bp_active_children.
 * Owner: takes the process; NULL is ignored. Threads: one. Fork: frees the child's copy. Blocks: never.
 * Errors: none. */
BP_API void bp_process_release(bp_process* process);

/* The child's pid; 0 before start and for NULL. Kept after its end.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_process_pid(const bp_process* process);

/* A descriptor that is readable once the child has ended, whatever its descendants do.
 * Owner: the process's, valid until bp_process_close or _release. Threads: any. Fork: BP_FORKED in a child.
 * Blocks: never. Errors: BP_STATE (not started, or closed), BP_INVALID (process, fd). */
BP_API bp_status bp_process_sentinel(const bp_process* process, int32_t* fd, bp_error** error);

/* Writes the name; returns its length without NUL, and cuts what does not fit.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: 0 for NULL. */
BP_API size_t bp_process_name(const bp_process* process, char* text, size_t capacity);

/* Gives it another name; the child knows it when it is given before start.
 * Owner: name is copied. Threads: any. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (process; name: 1 to 255 bytes). */
BP_API bp_status bp_process_set_name(bp_process* process, const char* name, bp_error** error);

/* 1 when it ends with this process; 0 otherwise and for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_process_is_daemon(const bp_process* process);

/* Owner: borrows. Threads: any. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_STATE ("process has already started"), BP_INVALID (process). */
BP_API bp_status bp_process_set_daemon(bp_process* process, int32_t daemon, bp_error** error);

/* Writes the identity, up to `capacity` numbers: the creator's, and the count of its children. Returns how
 * many there are.
 * Owner: `numbers` is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: 0 for NULL. */
BP_API size_t bp_process_identity(const bp_process* process, uint32_t* numbers, size_t capacity);

/* Writes "<Process(Process-1, stopped[SIGTERM] daemon)>": kind, name, and initial, started, stopped or, in
 * another process, unknown. Returns its length without NUL.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: 0 for NULL. */
BP_API size_t bp_process_describe(bp_process* process, char* text, size_t capacity);

/* The children of this process that are alive, each as a handle of its own. Reaps those that have ended.
 * Owner: up to `capacity` handles are the caller's, each ended with bp_process_release; *count, which may
 * be larger, is how many children there are. Threads: any. Fork: a child begins with none. Blocks: never.
 * Errors: BP_INVALID (children when capacity > 0, count). */
BP_API bp_status bp_active_children(bp_process** children, size_t capacity, size_t* count,
                                    bp_error** error);

/* Writes this process's name: "MainProcess" where no process object stands for it.
 * Owner: `text` is the caller's. Threads: any. Fork: a child has its own. Blocks: never. Errors: none. */
BP_API size_t bp_current_name(char* text, size_t capacity);

/* Owner: name is copied. Threads: any. Fork: this process's. Blocks: never.
 * Errors: BP_INVALID (name: 1 to 255 bytes). */
BP_API bp_status bp_current_set_name(const char* name, bp_error** error);

/* This process's identity, as bp_process_identity; none in the main process.
 * Owner: `numbers` is the caller's. Threads: any. Fork: a child has its own. Blocks: never. Errors: none. */
BP_API size_t bp_current_identity(uint32_t* numbers, size_t capacity);

/* 1 in a daemonic process, else 0.
 * Owner: nothing. Threads: any. Fork: a child has its own. Blocks: never. Errors: none. */
BP_API int32_t bp_current_is_daemon(void);

/* The key that processes of one tree prove themselves with: 32 random bytes that children inherit. Writes up
 * to `capacity` bytes and returns how many it has. Show it to nobody.
 * Owner: `key` is the caller's. Threads: any. Fork: inherited. Blocks: never. Errors: none. */
BP_API size_t bp_current_authkey(void* key, size_t capacity);

/* Replaces the key, for children that are started later.
 * Owner: key is copied. Threads: any. Fork: this process's. Blocks: never. Errors: BP_INVALID (no bytes). */
BP_API bp_status bp_current_set_authkey(const void* key, size_t size, bp_error** error);

/* The pid of the process that started this one, 0 in the main process; its name goes to `name`, ended by
 * NUL and cut to `capacity`.
 * Owner: `name` is the caller's and may be NULL. Threads: any. Fork: a child has its own. Blocks: never.
 * Errors: none. */
BP_API int32_t bp_parent_process(char* name, size_t capacity);

/* Writes the numbers of the descriptors that options.fds gave this process, up to `capacity`, and returns
 * how many there are; -1 in a process that was not started by this library.
 * Owner: the descriptors are this process's. Threads: any. Fork: a child has its own. Blocks: never.
 * Errors: none. */
BP_API int32_t bp_inherited_fds(int32_t* fds, size_t capacity);

/* Ends this process, which an object stands for, from anywhere: with exit code `status` mod 256, or, when
 * `text` is not NULL, with 1 after writing it to stderr. Exit functions run first (finalizer.h). Never
 * returns.
 * Owner: borrows. Threads: any. Fork: this process. Blocks: until its children have ended. Errors: none. */
BP_API void bp_process_exit(int32_t status, const char* text);

/* CPUs of this system that are online, whoever may use them (bp_cpus_available: those that this process
 * may); 0 when the system does not tell.
 * Owner: nothing. Threads: any. Fork: safe. Blocks: for a file of /sys. Errors: none. */
BP_API int32_t bp_cpus_online(void);

/* Has the kernel send `signal_number` to this process when the thread that started it ends; 0: nothing.
 * Owner: nothing. Threads: any. Fork: not inherited. Blocks: never. Errors: BP_OS (no such signal). */
BP_API bp_status bp_set_pdeathsig(int32_t signal_number, bp_error** error);

/* That signal; 0: none.
 * Owner: nothing. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API int32_t bp_get_pdeathsig(void);

BP_END_C

#endif /* BILLIARD_PROCESS_H_ */
