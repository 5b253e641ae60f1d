// What run-bundle says of runs of all kinds, and that it goes on behind each: a
// library that was written by hand.
//
// RUN: rm -rf %t && mkdir -p %t
// RUN: %python -c "import array, sys; sys.stdout.buffer.write(array.array('d', [1, 2, 3]).tobytes() + array.array('f', [0, 0.1, 0]).tobytes())" > %t/hand.expected
// RUN: %cc -shared -fPIC -std=gnu11 -Wall -Werror -I%llamir_include/llamir/Runtime %s -o %t/hand.so
// RUN: not run-bundle %t --seconds=1 --json=%t/hand.json | FileCheck %s
// CHECK: processor: 9 runs, 2 right, 7 wrong or failed
// CHECK-NEXT: WRONG hand wrong n=3: y, element 2: 7, expected 3
// CHECK-NEXT: WRONG hand unwritten n=4: y, element 3: not a number
// CHECK-NEXT: WRONG hand beside n=3: something was written beside y
// CHECK-NEXT: WRONG hand weights n=3: something was written beside the weights
// CHECK-NEXT: FAILED hand fails n=3: running: failed
// CHECK-NEXT: FAILED hand crashes n=3: its process was ended: Aborted
// CHECK-NEXT: FAILED hand hangs n=3: it took more than 1 s
// CHECK: timed
// CHECK-NEXT: hand timed n=3
// CHECK: checked
// CHECK: hand right 1 1 3 5.00e-02 50.0 %
// RUN: %python -m json.tool %t/hand.json | FileCheck %s --check-prefix=JSON
// JSON: "machine": "processor"
// JSON: "function": "right"
// JSON: "n": 3
// JSON: "status": "right"
// JSON: "compared": 3
// JSON: "message": "its process was ended: Aborted"
//
// RUN: run-bundle %t --filter=right | FileCheck %s --check-prefix=FILTER
// FILTER: 1 runs, 1 right, 0 wrong or failed
//
// Bad command lines, and folders without a library or with half of one.
// RUN: not run-bundle %t --filter=left 2>&1 | FileCheck %s --check-prefix=NO-FUNCTION
// NO-FUNCTION: run-bundle: error: no function has 'left' in its name
// RUN: not run-bundle %t --seconds=0 2>&1 | FileCheck %s --check-prefix=SECONDS
// SECONDS: run-bundle: error: --seconds=0: expected a number from 1 to 86400
// RUN: not run-bundle %t --nothing 2>&1 | FileCheck %s --check-prefix=ARGUMENT
// ARGUMENT: run-bundle: error: unknown argument '--nothing'
// RUN: mkdir %t/empty
// RUN: not run-bundle %t/empty 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: run-bundle: error: there is no library in {{.*}}empty
// RUN: cp %t/hand.so %t/empty
// RUN: not run-bundle %t/empty 2>&1 | FileCheck %s --check-prefix=NO-FILE
// NO-FILE: run-bundle: error: {{.*}}empty/hand.expected cannot be read or is not that of {{.*}}hand.so
// RUN: echo short > %t/empty/hand.expected
// RUN: not run-bundle %t/empty 2>&1 | FileCheck %s --check-prefix=NO-FILE
// RUN: echo no library > %t/empty/hand.so
// RUN: not run-bundle %t/empty 2>&1 | FileCheck %s --check-prefix=NO-LIBRARY
// NO-LIBRARY: run-bundle: error: {{.*}}hand.so: {{.*}}

#include "llamir_bundle.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTION(NAME)                                                         \
  static int32_t NAME(const void *weights, void *arena, const int64_t *sizes,  \
                      const llamir_array *arrays)
#define RESULT ((float *)arrays[0].data)

FUNCTION(right) {
  // Within the bound of the second one. The weights are those of the seed.
  float y[3] = {1.0f, 2.05f, 3.0f};
  memcpy(RESULT, y, sizeof(y));
  return ((const float *)weights)[1] == llamir_make_weight(5, 1, 2, 0) ? 0 : 1;
}
FUNCTION(wrong) {
  float y[3] = {1.0f, 2.0f, 7.0f};
  memcpy(RESULT, y, sizeof(y));
  return 0;
}
FUNCTION(unwritten) { return wrong(weights, arena, sizes, arrays); }
FUNCTION(beside) {
  RESULT[-1] = 0;
  return right(weights, arena, sizes, arrays);
}
FUNCTION(changes) {
  ((float *)weights)[4] = 0;
  return right(weights, arena, sizes, arrays);
}
FUNCTION(fails) { return LLAMIR_KERNEL_FAILED; }
FUNCTION(crashes) { abort(); }
FUNCTION(hangs) {
  for (;;)
    sleep(1);
}

static int64_t get_arena_bytes(const int64_t *sizes) { return 64; }

static const char *const names[] = {"n"};
static const llamir_bundle_array arrays[] = {{"y", LLAMIR_F32, 1, {-1}, 0}};
static const int64_t three[] = {3}, four[] = {4};
static const llamir_bundle_expected expected[] = {{3, 1, 0, 24}};
static const llamir_bundle_case checked = {three, 1, expected, 0, 0, 0},
                                longer = {four, 1, 0, 0, 0, 0},
                                timed = {three, 1, expected, 1, 6, 12};

#define DESCRIBE(NAME, CALL, CASE)                                             \
  {NAME, CALL, get_arena_bytes, 1, 0, 1, 1, names, arrays, &CASE}
static const llamir_bundle_function functions[] = {
    DESCRIBE("right", right, checked),
    DESCRIBE("wrong", wrong, checked),
    DESCRIBE("unwritten", unwritten, longer),
    DESCRIBE("beside", beside, checked),
    DESCRIBE("weights", changes, checked),
    DESCRIBE("fails", fails, checked),
    DESCRIBE("crashes", crashes, checked),
    DESCRIBE("hangs", hangs, checked),
    DESCRIBE("timed", right, timed)};
static const llamir_bundle_weight weights[] = {
    {0, 0, 4, 1, 4, 1, 1, LLAMIR_F32, LLAMIR_F32, 5, 2, 0}};

const llamir_bundle_library llamir_bundle = {
    "hand", "none", LLAMIR_PROCESSOR, "hand.expected", 0, "", 16,
    1,      9,      weights,          functions};
