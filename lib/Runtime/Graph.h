/*===- Graph.h - Graphs of launches -------------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_GRAPH_H
#define LLAMIR_RUNTIME_GRAPH_H

#include "DeviceMemory.h"
#include "llamir/Runtime/llamir_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The blocks that the graph's kernels use, and no one else. */
kept_blocks *llamir_rt_get_blocks(llamir_graph *graph);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_GRAPH_H */
