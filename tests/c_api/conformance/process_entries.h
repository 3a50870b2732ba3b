/* What the processes of scenarios run: entries that every runner registers (bindings/conformance/README.md,
 * "Entries"). */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_PROCESS_ENTRIES_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_PROCESS_ENTRIES_H_

/* To be called first thing in main, before bp_freeze_support. */
void register_entries(void);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_PROCESS_ENTRIES_H_ */
