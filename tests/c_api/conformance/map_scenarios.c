/* One task over many items: maps and iterators. */
#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

enum { kMostItems = 100 };

/* The encoded arguments of `count` calls with one number each, 0 ... count - 1, or with one text. */
typedef struct items {
  encoder encoded[kMostItems];
  bp_view views[kMostItems];
  int count;
} items;

static encoder* add_item(items* all) {
  encoder* item = &all->encoded[all->count++];
  encoder_begin(item);
  msgpack_pack_array(&item->packer, 1);
  return item;
}

static void view_items(items* all) {
  for (int i = 0; i < all->count; ++i) {
    const msgpack_sbuffer* bytes = &all->encoded[i].bytes;
    all->views[i] =
        (bp_view){.data = bytes->data, .size = bytes->size, .format = BP_FORMAT_MSGPACK};
  }
}

static void number_items(items* all, int count) {
  all->count = 0;
  for (int i = 0; i < count; ++i) msgpack_pack_int(&add_item(all)->packer, i);
  view_items(all);
}

static void end_items(items* all) {
  for (int i = 0; i < all->count; ++i) encoder_end(&all->encoded[i]);
}

static void map_order(void) {
  bp_pool* pool = pool_of(2);
  bp_map_result* results = NULL;
  bp_error* error = NULL;
  items all;
  long long sum = 0;
  bool ordered = true;
  number_items(&all, kMostItems);
  must(bp_map(pool, "echo", all.views, kMostItems, NULL, BP_FOREVER, NULL, &results, &error),
       error);
  for (size_t i = 0; i < bp_map_result_count(results); ++i) {
    bp_view view;
    must(bp_map_result_item(results, i, &view, &error), error);
    int64_t number = integer_of(view.data, view.size);
    ordered = ordered && number == (int64_t)i;
    sum += number;
  }
  outcome_add("ok %lld %s", sum, ordered ? "ordered" : "not ordered");
  bp_map_result_release(results);
  end_items(&all);
  bp_pool_release(pool);
}

static void map_empty(void) {
  bp_pool* pool = pool_of(2);
  bp_map_options options;
  bp_map_result* results = NULL;
  bp_error* error = NULL;
  bp_map_options_init(&options, sizeof options);
  options.chunk_size = 20;
  must(bp_map(pool, "echo", NULL, 0, &options, BP_FOREVER, NULL, &results, &error), error);
  outcome_add("ok %zu", bp_map_result_count(results));
  bp_map_result_release(results);
  bp_pool_release(pool);
}

static void map_failure(void) {
  bp_pool* pool = pool_of(1);
  bp_map_options options;
  bp_map_result* results = NULL;
  bp_error* error = NULL;
  items all = {.count = 0};
  pack_text(add_item(&all), "a");
  pack_text(add_item(&all), "b");
  view_items(&all);
  bp_map_options_init(&options, sizeof options);
  options.chunk_size = 1;
  bp_status status =
      bp_map(pool, "fail", all.views, 2, &options, BP_FOREVER, NULL, &results, &error);
  if (status == BP_OK) unexpected("the map has a result");
  add_task_error(status, error);
  end_items(&all);
  add_follow_up(pool);
  bp_pool_release(pool);
}

/* The items of a feed function: numbers up to a bound. */
typedef struct feed {
  items all;
  int next;
} feed;

static int next_item(void* context, bp_view* item) {
  feed* source = context;
  if (source->next == source->all.count) return 0;
  *item = source->all.views[source->next++];
  return 1;
}

static bp_imap_iterator* iterate(bp_pool* pool, const char* task, feed* source, bool ordered) {
  bp_imap_options options;
  bp_imap_iterator* iterator = NULL;
  bp_error* error = NULL;
  bp_imap_options_init(&options, sizeof options);
  options.feed = next_item;
  options.feed_context = source;
  must((ordered ? bp_imap : bp_imap_unordered)(pool, task, &options, &iterator, &error), error);
  return iterator;
}

/* Takes all results: their sum, and whether they came in order. */
static long long take_all(bp_imap_iterator* iterator, bool* in_order) {
  long long sum = 0;
  int64_t expected = 0;
  *in_order = true;
  for (;;) {
    bp_buffer value;
    uint64_t index;
    bp_error* error = NULL;
    bp_status status = bp_imap_next(iterator, BP_FOREVER, NULL, &value, &index, &error);
    if (status == BP_CLOSED) {
      bp_error_release(error);
      return sum;
    }
    must(status, error);
    int64_t number = integer_of(value.data, value.size);
    *in_order = *in_order && number == expected++;
    sum += number;
    bp_buffer_free(&value);
  }
}

static void imap_order(void) {
  bp_pool* pool = pool_of(2);
  feed source = {.next = 0};
  bool in_order;
  number_items(&source.all, 50);
  bp_imap_iterator* iterator = iterate(pool, "echo", &source, true);
  long long sum = take_all(iterator, &in_order);
  outcome_add("ok %lld %s", sum, in_order ? "ordered" : "not ordered");
  bp_status after = bp_imap_next(iterator, 0, NULL, &(bp_buffer){.data = NULL}, NULL, NULL);
  outcome_add("; then %s", after == BP_CLOSED ? "end" : short_status(after));
  bp_imap_release(iterator);
  end_items(&source.all);
  bp_pool_release(pool);
}

static void imap_unordered_all(void) {
  bp_pool* pool = pool_of(2);
  feed source = {.next = 0};
  bool in_order;
  number_items(&source.all, 50);
  bp_imap_iterator* iterator = iterate(pool, "echo", &source, false);
  outcome_add("ok %lld", take_all(iterator, &in_order));
  bp_imap_release(iterator);
  end_items(&source.all);
  bp_pool_release(pool);
}

/* Adds "error WORKER_LOST signal=N", and releases the error. */
static void add_loss(bp_error* error) {
  outcome_add("error %s signal=%d", short_status(BP_WORKER_LOST), -bp_error_exit_status(error));
  bp_error_release(error);
}

/* Adds the outcome of each of 4 items, and "end". */
static void add_each_outcome(const char* task) {
  bp_pool* pool = pool_of(1);
  feed source = {.next = 0};
  number_items(&source.all, 4);
  bp_imap_iterator* iterator = iterate(pool, task, &source, true);
  for (;;) {
    bp_buffer value;
    bp_error* error = NULL;
    bp_status status = bp_imap_next(iterator, BP_FOREVER, NULL, &value, NULL, &error);
    if (status == BP_OK) {
      outcome_add("ok %lld; ", (long long)integer_of(value.data, value.size));
      bp_buffer_free(&value);
    } else if (status == BP_CLOSED) {
      bp_error_release(error);
      break;
    } else {
      if (status == BP_WORKER_LOST) {
        add_loss(error);
      } else {
        add_task_error(status, error);
      }
      outcome_add("; ");
    }
  }
  outcome_add("end");
  bp_imap_release(iterator);
  end_items(&source.all);
  bp_pool_release(pool);
}

static void imap_item_error(void) { add_each_outcome("fail_odd"); }

static void imap_worker_killed(void) { add_each_outcome("kill_at_two"); }

const scenario kMapScenarios[] = {{"map_order", map_order},
                                  {"map_empty", map_empty},
                                  {"map_failure", map_failure},
                                  {"imap_order", imap_order},
                                  {"imap_unordered_all", imap_unordered_all},
                                  {"imap_item_error", imap_item_error},
                                  {"imap_worker_killed", imap_worker_killed},
                                  {NULL, NULL}};
