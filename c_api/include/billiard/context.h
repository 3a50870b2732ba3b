/* How processes are started, and contexts that choose a way (CTX-1 to CTX-14).
 *
 * fork        the child is a copy of this process. For hosts without threads of their own.
 * spawn       the child executes this program anew (or what bp_set_executable names), and runs an entry
 *             that the program registered by name. Its main must call bp_freeze_support first.
 * forkserver  the child is a fork of a small server process, which was spawned once for the whole tree.
 *
 * A context is a constant: nothing is to be released. */
#ifndef BILLIARD_CONTEXT_H_
#define BILLIARD_CONTEXT_H_

#include "billiard/error.h"

typedef struct bp_context bp_context;

/* A function that a process runs. Its value is the process's exit request: 0 when all went well; the low 8
 * bits are its exit code. `data` lives as long as the process. A C++ exception that leaves it is written to
 * stderr, and the exit code is 1. */
typedef int32_t (*bp_process_fn)(const void* data, size_t size, void* context);

BP_BEGIN_C

/* The context of a start method ("fork", "spawn", "forkserver"), or for NULL the default one, which uses
 * the default start method of the moment.
 * Owner: the context is static. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (out; "cannot find context for ..."; fork in a host that can not). */
BP_API bp_status bp_context_get(const char* method, const bp_context** out, bp_error** error);

/* The start method of a context; NULL is the default context, whose method is fixed by asking unless
 * `allow_unset` is not 0: then an unset one is NULL.
 * Owner: the text is static. Threads: any. Fork: a child's default is how it was started. Blocks: never.
 * Errors: none. */
BP_API const char* bp_context_start_method(const bp_context* context, int allow_unset);

/* Fixes the default start method, once. `context` must be NULL or the default context. With `force` it may
 * be set again; method NULL means the system's default, and with `force` "not set".
 * Owner: method is copied. Threads: any. Fork: this process's setting. Blocks: never.
 * Errors: BP_STATE ("context has already been set"), BP_INVALID (an unknown method; a context that has its
 * own: "cannot set start method of concrete context"). */
BP_API bp_status bp_context_set_start_method(const bp_context* context, const char* method,
                                             int force, bp_error** error);

/* 1 when the default start method, which is fixed by asking, is fork; else 0 (CTX-10).
 * Owner: nothing. Threads: any. Fork: a child's default is how it was started. Blocks: never. Errors: none. */
BP_API int bp_forking_is_enabled(void);

/* Makes fork (enable is not 0) or spawn the default start method, whatever it was.
 * Owner: nothing. Threads: any. Fork: this process's setting. Blocks: never.
 * Errors: BP_INVALID (fork in a host that can not). */
BP_API bp_status bp_forking_enable(int enable, bp_error** error);

/* Writes the names of all start methods that this host has, the default first, up to `capacity` of them.
 * Returns how many there are.
 * Owner: the texts are static. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_start_methods(const char** names, size_t capacity);

/* Declares that this process can not be forked (a language's runtime with threads of its own): fork is no
 * longer offered, and spawn is the default. There is no way back (CTX-14).
 * Owner: nothing. Threads: any. Fork: inherited. Blocks: never. Errors: none. */
BP_API void bp_declare_fork_unsafe(void);

/* Registers a function under `name` (1 to 255 bytes, no NUL), to be found by processes that are started
 * anew. To be called before bp_freeze_support, in the same way in the starting and in the started program.
 * Owner: name is copied; `context` must outlive the registration. Threads: any. Fork: inherited.
 * Blocks: never. Errors: BP_INVALID (name, function), BP_EXISTS (the name has another function). */
BP_API bp_status bp_entry_register(const char* name, bp_process_fn function, void* context,
                                   bp_error** error);

/* To be called first thing in main, after the registration of entries, with main's own arguments, or with
 * those that an interpreter gives to its script (the last arguments tell): in a program that was started as a
 * child it runs the child, or the fork server, and never returns; else it does nothing.
 * Owner: borrows. Threads: the only one. Fork: nothing happens. Blocks: as long as a child runs.
 * Errors: none. */
BP_API void bp_freeze_support(int argc, char** argv);

/* The program that children are started with from now on, theirs too; NULL: this one.
 * Owner: path is copied. Threads: any. Fork: inherited. Blocks: never. Errors: BP_INVALID (empty). */
BP_API bp_status bp_set_executable(const char* path, bp_error** error);

/* The same with the arguments that bring the program to bp_freeze_support, as those of an interpreter:
 * {"ruby", "-Ilib", "main.rb", NULL}. What tells a child that it is one follows them. A program without '/' is
 * looked for in PATH. NULL, or no word: this program.
 * Owner: words are copied. Threads: any. Fork: inherited. Blocks: never.
 * Errors: BP_INVALID (command: its first word is empty). */
BP_API bp_status bp_set_executable_command(const char* const* command, bp_error** error);

/* How this process forks the children of process objects whose options do not say it, and how it does so as a
 * fork server: for a runtime that has work of its own to do around a fork. With a function, a fork is not
 * refused because of threads. NULL: fork(). It is called with all signals blocked, by the thread that called
 * bp_process_start or bp_freeze_support.
 * Owner: `context` must outlive its use. Threads: any. Fork: inherited. Blocks: never. Errors: none. */
BP_API void bp_set_fork_process(bp_fork_fn fork_process, void* context);

/* Shared objects that the fork server loads before it forks; each may export bp_module_init (task.h), which
 * may register entries too. A hint: one that can not be loaded is left out. Effective until the server is
 * started.
 * Owner: texts are copied. Threads: any. Fork: inherited. Blocks: never.
 * Errors: BP_INVALID (a path that is NULL or empty). */
BP_API bp_status bp_set_forkserver_preload(const char* const* paths, size_t count,
                                           bp_error** error);

BP_END_C

#endif /* BILLIARD_CONTEXT_H_ */
