/*===- Graph.c - Graphs of launches -------------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* A graph is captured in a stream of its own: the default one cannot be.     *|
|* The driver is told to capture in the relaxed mode, as memory that only the *|
|* graph uses is allocated meanwhile.                                         *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Graph.h"
#include "Cuda.h"
#include "Errors.h"
#include "Generated.h"
#include "Runtime.h"
#include <stdlib.h>
#include <string.h>

struct llamir_graph {
  void *stream;
  void *launchable;
  kept_blocks blocks;
};

kept_blocks *llamir_rt_get_blocks(llamir_graph *graph) {
  return &graph->blocks;
}

/* Begins in a new stream, with the context current. */
static int32_t begin(const cuda_driver *cuda, llamir_graph *graph) {
  enum { not_blocking = 1, relaxed = 2 };
  int32_t status = llamir_rt_check_cuda(
      cuda->cuStreamCreate(&graph->stream, not_blocking), "a stream");
  if (status)
    return status;
  status = llamir_rt_set_capture(graph, graph->stream);
  if (status == LLAMIR_OK)
    status = llamir_rt_check_cuda(
        cuda->cuStreamBeginCapture_v2(graph->stream, relaxed),
        "beginning a graph");
  if (status) {
    llamir_rt_set_capture(NULL, NULL);
    cuda->cuStreamDestroy_v2(graph->stream);
  }
  return status;
}

int32_t llamir_begin_capture(llamir_device device) {
  llamir_rt_initialize();
  if (device != LLAMIR_CUDA)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "llamir_begin_capture: only CUDA has graphs, and %d "
                          "is not LLAMIR_CUDA: call the model's function",
                          (int)device);
  int32_t status = llamir_rt_refuse_capture("another graph");
  if (status)
    return status;
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return LLAMIR_BAD_DEVICE;
  llamir_graph *graph = calloc(1, sizeof(*graph));
  status = graph ? begin(cuda, graph)
                 : llamir_rt_fail(LLAMIR_BAD_DEVICE, "there is no memory");
  llamir_rt_leave_cuda();
  if (status)
    free(graph);
  return status;
}

static int32_t end(const cuda_driver *cuda, llamir_graph *graph) {
  void *captured = NULL;
  int32_t status = llamir_rt_check_cuda(
      cuda->cuStreamEndCapture(graph->stream, &captured), "ending a graph");
  if (status == LLAMIR_OK)
    status = llamir_rt_check_cuda(
        cuda->cuGraphInstantiateWithFlags(&graph->launchable, captured, 0),
        "making a graph");
  if (captured)
    cuda->cuGraphDestroy(captured);
  return status;
}

llamir_graph *llamir_end_capture(llamir_device device) {
  llamir_rt_initialize();
  llamir_graph *graph = llamir_rt_get_capture();
  if (device != LLAMIR_CUDA || !graph) {
    llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                   "llamir_end_capture: this thread captures no graph of the "
                   "device %d: call llamir_begin_capture first",
                   (int)device);
    return NULL;
  }
  /* Whatever comes, the thread goes on in its own stream. */
  llamir_rt_set_capture(NULL, NULL);
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  int32_t status = cuda ? end(cuda, graph) : LLAMIR_BAD_DEVICE;
  if (cuda)
    llamir_rt_leave_cuda();
  if (status == LLAMIR_OK)
    return graph;
  char text[llamir_rt_message_size];
  strcpy(text, llamir_last_error());
  llamir_free_graph(graph);
  llamir_rt_fail(status, "%s", text);
  return NULL;
}

int32_t llamir_launch_graph(llamir_graph *graph) {
  llamir_rt_initialize();
  if (!graph)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "llamir_launch_graph: the graph is NULL");
  int32_t status = llamir_rt_refuse_capture("a launch of a graph");
  if (status)
    return status;
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return LLAMIR_BAD_DEVICE;
  status = llamir_rt_check_cuda(
      cuda->cuGraphLaunch(graph->launchable, llamir_rt_get_stream()),
      "launching a graph");
  llamir_rt_leave_cuda();
  return status;
}

void llamir_free_graph(llamir_graph *graph) {
  if (!graph)
    return;
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (cuda) {
    if (graph->launchable)
      cuda->cuGraphExecDestroy(graph->launchable);
    cuda->cuStreamDestroy_v2(graph->stream);
    llamir_rt_leave_cuda();
  }
  llamir_rt_drop_blocks(&graph->blocks);
  free(graph);
}
