/*===- Targets.c - Which code of a model runs ---------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Generated.h"
#include <cpuid.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/*===----------------------------- Processors -----------------------------===*/

enum { eax, ebx, ecx, edx };

/* Where a processor tells of a feature, and what of its state the system must
 * keep for it (Intel's manual, volume 2, CPUID, and volume 1, chapter 13). */
typedef struct {
  const char *name; /* LLVM's. */
  uint32_t leaf, subleaf;
  int part, bit;
  uint32_t state; /* Bits of XCR0. */
} feature;

enum { avx_state = 0x6, avx512_state = 0xe6, amx_state = 0x60000 };

static const feature features[] = {{"sse4.1", 1, 0, ecx, 19, 0},
                                   {"sse4a", 0x80000001, 0, ecx, 6, 0},
                                   {"fma", 1, 0, ecx, 12, avx_state},
                                   {"f16c", 1, 0, ecx, 29, avx_state},
                                   {"avx2", 7, 0, ebx, 5, avx_state},
                                   {"avxvnni", 7, 1, eax, 4, avx_state},
                                   {"avx512f", 7, 0, ebx, 16, avx512_state},
                                   {"avx512dq", 7, 0, ebx, 17, avx512_state},
                                   {"avx512ifma", 7, 0, ebx, 21, avx512_state},
                                   {"avx512cd", 7, 0, ebx, 28, avx512_state},
                                   {"avx512bw", 7, 0, ebx, 30, avx512_state},
                                   {"avx512vl", 7, 0, ebx, 31, avx512_state},
                                   {"avx512vbmi", 7, 0, ecx, 1, avx512_state},
                                   {"avx512vnni", 7, 0, ecx, 11, avx512_state},
                                   {"avx512fp16", 7, 0, edx, 23, avx512_state},
                                   {"avx512bf16", 7, 1, eax, 5, avx512_state},
                                   {"amx-bf16", 7, 0, edx, 22, amx_state},
                                   {"amx-tile", 7, 0, edx, 24, amx_state}};

static uint32_t get_state(void) {
  uint32_t a, b, c, d;
  enum { osxsave = 1 << 27 };
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave))
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int has(const feature *wanted) {
  uint32_t parts[4];
  if (!__get_cpuid_count(wanted->leaf, wanted->subleaf, &parts[eax],
                         &parts[ebx], &parts[ecx], &parts[edx]) ||
      !(parts[wanted->part] >> wanted->bit & 1) ||
      (wanted->state & ~get_state()))
    return 0;
  /* Tiles are granted to those who ask. */
  return wanted->state != amx_state ||
         llamir_rt_request_tiles(wanted->name) == LLAMIR_OK;
}

/* The first of a list "avx2,fma" that the processor lacks, or nothing. */
static const char *find_missing(const char *list, size_t *length) {
  for (const char *name = list; *name;
       name += *length + (name[*length] == ',')) {
    *length = strcspn(name, ",");
    int found = 0;
    for (size_t i = 0; i < sizeof(features) / sizeof(*features); ++i)
      if (strlen(features[i].name) == *length &&
          !strncmp(features[i].name, name, *length))
        found = has(&features[i]);
    if (!found)
      return name;
  }
  return NULL;
}

/*===------------------------------- Choice -------------------------------===*/

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static llamir_rt_model *models;
/* One of their names; NULL for the first that this machine runs. */
static const char *selected;

void llamir_rt_add_model(llamir_rt_model *model) {
  pthread_mutex_lock(&lock);
  model->next = models;
  models = model;
  pthread_mutex_unlock(&lock);
}

/* Whether this machine runs the code, with a message if not. */
static int32_t check(const llamir_target *target) {
  if (target->device != LLAMIR_PROCESSOR)
    return llamir_open_device(target->device);
  size_t length = 0;
  const char *missing = find_missing(target->features, &length);
  if (!missing)
    return LLAMIR_OK;
  return llamir_rt_fail(LLAMIR_BAD_MACHINE,
                        "the processor or the system lacks %.*s, which code "
                        "for %s needs",
                        (int)length, missing, target->name);
}

static const llamir_target *find(const llamir_rt_model *model,
                                 const char *name) {
  for (int32_t i = 0; i < model->count; ++i)
    if (!strcmp(model->targets[i].name, name))
      return &model->targets[i];
  return NULL;
}

static const llamir_target *find_usable(const llamir_rt_model *model) {
  for (int32_t i = 0; i < model->count; ++i)
    if (check(&model->targets[i]) == LLAMIR_OK)
      return &model->targets[i];
  return NULL;
}

int32_t llamir_rt_get_target(llamir_rt_model *model) {
  pthread_mutex_lock(&lock);
  if (model->chosen < 0) {
    const llamir_target *target =
        selected ? find(model, selected) : find_usable(model);
    /* Where none runs the first one says why, when it is called. */
    model->chosen = target ? (int32_t)(target - model->targets) : 0;
  }
  int32_t chosen = model->chosen;
  pthread_mutex_unlock(&lock);
  return chosen;
}

/* "cuda, x86-64": the targets of a model. */
static void list_names(const llamir_rt_model *model, char *text, size_t size) {
  size_t length = 0;
  text[0] = 0;
  for (int32_t i = 0; i < model->count && length < size; ++i)
    length += (size_t)snprintf(text + length, size - length, "%s%s",
                               i ? ", " : "", model->targets[i].name);
}

static int32_t check_selection(const char *name) {
  char names[512];
  for (const llamir_rt_model *model = models; model; model = model->next) {
    const llamir_target *target = name ? find(model, name) : find_usable(model);
    list_names(model, names, sizeof(names));
    if (!target && name)
      return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                            "%s has no code for '%s': there are auto, %s",
                            model->name, name, names);
    if (!target)
      return llamir_rt_fail(LLAMIR_BAD_MACHINE,
                            "%s has code for %s: this machine runs none of "
                            "them",
                            model->name, names);
    int32_t status = check(target);
    if (status)
      return status;
  }
  return LLAMIR_OK;
}

int32_t llamir_select_device(const char *name) {
  if (!name)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "llamir_select_device: a name is needed");
  if (!models)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "llamir_select_device: no model of this program was "
                          "compiled for several targets");
  if (!strcmp(name, "auto"))
    name = NULL;
  pthread_mutex_lock(&lock);
  int32_t status = check_selection(name);
  if (status == LLAMIR_OK) {
    /* The caller's text may go away. */
    selected = name ? find(models, name)->name : NULL;
    for (llamir_rt_model *model = models; model; model = model->next)
      model->chosen = -1;
  }
  pthread_mutex_unlock(&lock);
  return status;
}
