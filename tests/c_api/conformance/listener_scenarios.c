/* Listeners and clients. */
#include <stdio.h>
#include <string.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/connections.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"
#include "tests/c_api/conformance/values.h"

static const char kKey[] = "opensesame";

enum { kMaxAddress = kMaxName + 1 };

static void address_of_scenario(char address[kMaxAddress]) {
  char name[kMaxName];
  object_name(name);
  snprintf(address, kMaxAddress, "@%s", name);
}

static bp_listener* listen_with_key(char address[kMaxAddress]) {
  bp_listener_options options;
  bp_listener* listener = NULL;
  bp_error* error = NULL;
  address_of_scenario(address);
  bp_listener_options_init(&options, sizeof options);
  options.key = kKey;
  options.key_size = strlen(kKey);
  must(bp_listener_open(address, &options, &listener, &error), error);
  return listener;
}

static bp_connection* accept_client(bp_listener* listener) {
  bp_connection* connection = NULL;
  bp_error* error = NULL;
  must(bp_listener_accept(listener, BP_FOREVER, NULL, &connection, &error), error);
  return connection;
}

static void listener_between_languages(void) {
  char address[kMaxAddress];
  bp_listener* listener = listen_with_key(address);
  assistant client = start_assistant("echo_client", address, kKey);
  bp_connection* connection = accept_client(listener);
  outcome_add("ok");
  for (int i = 0; i < kPeerValues; ++i) {
    send_peer_value(connection, i);
    outcome_add(" ");
    add_received(connection);
  }
  bp_connection_release(connection);
  end_assistant(&client);
  bp_listener_release(listener);
}

static void listener_wrong_key(void) {
  char address[kMaxAddress];
  char said[200];
  bp_listener* listener = listen_with_key(address);
  bp_connection* connection = NULL;
  assistant stranger = start_assistant("echo_client", address, "wrong");
  bp_status status = bp_listener_accept(listener, BP_FOREVER, NULL, &connection, NULL);
  next_line(&stranger, said);
  outcome_add("error %s client=%s", short_status(status), said);
  end_assistant(&stranger);
  assistant friend = start_assistant("echo_client", address, kKey);
  connection = accept_client(listener);
  send_integer(connection, 7);
  outcome_add("; then ok %d", (int)receive_integer(connection));
  bp_connection_release(connection);
  end_assistant(&friend);
  bp_listener_release(listener);
}

static void listener_closed(void) {
  bp_listener* listener = NULL;
  bp_connection* connection = NULL;
  bp_error* error = NULL;
  must(bp_listener_open(NULL, NULL, &listener, &error), error);
  bp_listener_close(listener);
  bp_listener_close(listener);
  bp_status status = bp_listener_accept(listener, BP_FOREVER, NULL, &connection, NULL);
  outcome_add("error %s", short_status(status));
  bp_listener_release(listener);
}

static void client_refused(void) {
  char address[kMaxAddress];
  bp_connection* connection = NULL;
  address_of_scenario(address);
  bp_status status = bp_client_connect(address, NULL, BP_FOREVER, NULL, &connection, NULL);
  outcome_add("error %s", short_status(status));
}

const scenario kListenerScenarios[] = {{"listener_between_languages", listener_between_languages},
                                       {"listener_wrong_key", listener_wrong_key},
                                       {"listener_closed", listener_closed},
                                       {"client_refused", client_refused},
                                       {NULL, NULL}};
