/* The conformance runner of C (bindings/conformance/README.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/process_entries.h"
#include "tests/c_api/conformance/scenarios.h"
#include "tests/c_api/conformance/tasks.h"

static const char kPeerScenario[] = "queue_between_languages";

static const scenario* const kLists[] = {
    kCallScenarios,     kErrorScenarios,      kWaitScenarios,     kLifecycleScenarios,
    kQueueScenarios,    kLockScenarios,       kMeetingScenarios,  kMemoryScenarios,
    kDeliveryScenarios, kMapScenarios,        kLimitScenarios,    kSupervisionScenarios,
    kHostScenarios,     kConnectionScenarios, kListenerScenarios, kProcessScenarios};
enum { kListCount = sizeof kLists / sizeof kLists[0] };

static void list_scenarios(void) {
  for (size_t i = 0; i < kListCount; ++i) {
    for (const scenario* one = kLists[i]; one->name != NULL; ++one) puts(one->name);
  }
  puts(kPeerScenario);
}

static const scenario* find_scenario(const char* name) {
  for (size_t i = 0; i < kListCount; ++i) {
    for (const scenario* one = kLists[i]; one->name != NULL; ++one) {
      if (strcmp(one->name, name) == 0) return one;
    }
  }
  return NULL;
}

static int play(const char* nonce, const char* name) {
  const scenario* one = find_scenario(name);
  if (one == NULL) {
    fprintf(stderr, "no scenario %s\n", name);
    return EXIT_FAILURE;
  }
  outcome_begin(nonce, one->name);
  one->play();
  outcome_end();
  return EXIT_SUCCESS;
}

static int play_peer(const char* nonce, const char* half, const char* queue) {
  outcome_begin(nonce, kPeerScenario);
  if (strcmp(half, "put") == 0) {
    put_to_peer(queue);
  } else {
    get_from_peer(queue);
  }
  outcome_end();
  return EXIT_SUCCESS;
}

int main(int argc, char** argv) {
  register_entries();
  bp_freeze_support(argc, argv);
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    list_scenarios();
    return EXIT_SUCCESS;
  }
  if (argc == 5 && strcmp(argv[2], "--peer") == 0) return play_peer(argv[1], argv[3], argv[4]);
  if (argc >= 5 && strcmp(argv[2], "--assist") == 0) {
    outcome_begin(argv[1], NULL);
    return play_role(argv[3], argc - 4, argv + 4);
  }
  if (argc < 3) {
    fprintf(stderr,
            "usage: %s --list | NONCE SCENARIO... | NONCE --peer put|get QUEUE |"
            " NONCE --assist ROLE NAME [ARGUMENT...]\n",
            argv[0]);
    return EXIT_FAILURE;
  }
  outcome_begin(argv[1], "setup");
  register_tasks();
  for (int i = 2; i < argc; ++i) {
    int result = play(argv[1], argv[i]);
    if (result != EXIT_SUCCESS) return result;
  }
  return EXIT_SUCCESS;
}
