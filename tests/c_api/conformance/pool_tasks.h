/* The runner's tasks that die, live long, or tell who they are. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_POOL_TASKS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_POOL_TASKS_H_

void register_pool_tasks(void);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_POOL_TASKS_H_ */
