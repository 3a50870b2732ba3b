/* The tasks that every conformance runner registers (bindings/conformance/README.md). */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_TASKS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_TASKS_H_

void register_tasks(void);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_TASKS_H_ */
