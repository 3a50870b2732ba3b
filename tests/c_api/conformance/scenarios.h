/* The scenarios of bindings/conformance/scenarios.tsv, as C plays them. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_SCENARIOS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_SCENARIOS_H_

#include <stddef.h>

typedef struct scenario {
  const char* name;
  void (*play)(void);
} scenario;

/* Lists, each ended by an entry without a name. */
extern const scenario kCallScenarios[];
extern const scenario kErrorScenarios[];
extern const scenario kWaitScenarios[];
extern const scenario kLifecycleScenarios[];
extern const scenario kQueueScenarios[];
extern const scenario kLockScenarios[];
extern const scenario kMeetingScenarios[];
extern const scenario kMemoryScenarios[];
extern const scenario kDeliveryScenarios[];
extern const scenario kMapScenarios[];
extern const scenario kLimitScenarios[];
extern const scenario kSupervisionScenarios[];
extern const scenario kHostScenarios[];
extern const scenario kConnectionScenarios[];
extern const scenario kListenerScenarios[];
extern const scenario kProcessScenarios[];

/* The two halves of queue_between_languages. */
void put_to_peer(const char* queue);
void get_from_peer(const char* queue);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_SCENARIOS_H_ */
