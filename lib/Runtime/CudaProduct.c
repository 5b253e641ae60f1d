/*===- CudaProduct.c - Products by cuBLASLt -----------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* libHalide 21 has no tensor cores. Products for many tokens are computed by *|
|* cuBLASLt, if the machine has it; the library is loaded when the first is   *|
|* to be computed. Its headers are not needed to build this: the declarations *|
|* are those of its versions 12 and 13.                                       *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Cuda.h"
#include "Errors.h"
#include "Generated.h"
#include "HalideRuntime.h"
#include "HalideRuntimeCuda.h"
#include "Runtime.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/*===------------------------------ The library ---------------------------===*/

/* cublasStatus_t, of which 0 is success. */
typedef int blas_status;

/* cublasLtMatmulAlgo_t and cublasLtMatmulHeuristicResult_t. */
typedef struct {
  uint64_t data[8];
} blas_algorithm;
typedef struct {
  blas_algorithm algorithm;
  size_t workspace_bytes;
  blas_status status;
  float waves;
  int reserved[4];
} blas_choice;

enum {
  compute_f32 = 68,   /* CUBLAS_COMPUTE_32F: no operand is rounded to tf32 */
  transpose_a = 3,    /* CUBLASLT_MATMUL_DESC_TRANSA */
  epilogue = 7,       /* CUBLASLT_MATMUL_DESC_EPILOGUE */
  bias_pointer = 8,   /* CUBLASLT_MATMUL_DESC_BIAS_POINTER */
  epilogue_bias = 4,  /* CUBLASLT_EPILOGUE_BIAS */
  most_workspace = 1, /* CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES */
  reductions = 3,     /* CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK */
  alignment_a = 5,    /* CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, B, C, D */
  operation_t = 1,    /* CUBLAS_OP_T */
  in_compute_type = 2 /* CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE */
};

#define LLAMIR_BLAS_FUNCTIONS(X)                                               \
  X(cublasLtCreate, (void **))                                                 \
  X(cublasLtDestroy, (void *))                                                 \
  X(cublasLtMatmulDescCreate, (void **, int, int))                             \
  X(cublasLtMatmulDescDestroy, (void *))                                       \
  X(cublasLtMatmulDescSetAttribute, (void *, int, const void *, size_t))       \
  X(cublasLtMatrixLayoutCreate, (void **, int, uint64_t, uint64_t, int64_t))   \
  X(cublasLtMatrixLayoutDestroy, (void *))                                     \
  X(cublasLtMatmulPreferenceCreate, (void **))                                 \
  X(cublasLtMatmulPreferenceDestroy, (void *))                                 \
  X(cublasLtMatmulPreferenceSetAttribute, (void *, int, const void *, size_t)) \
  X(cublasLtMatmulAlgoGetHeuristic,                                            \
    (void *, void *, void *, void *, void *, void *, void *, int,              \
     blas_choice *, int *))                                                    \
  X(cublasLtMatmul,                                                            \
    (void *, void *, const void *, const void *, void *, const void *, void *, \
     const void *, const void *, void *, void *, void *,                       \
     const blas_algorithm *, void *, size_t, void *))

static struct {
#define LLAMIR_BLAS_MEMBER(name, arguments) blas_status(*name) arguments;
  LLAMIR_BLAS_FUNCTIONS(LLAMIR_BLAS_MEMBER)
#undef LLAMIR_BLAS_MEMBER
} blas;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *library, *handle;
static int was_sought;

/* With the lock: loads the library and begins to use it, if it is there. */
static void load(void) {
  was_sought = 1;
  static const char *const names[] = {"libcublasLt.so.13", "libcublasLt.so.12"};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !library; ++i)
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return;
  int has_all = 1;
#define LLAMIR_BLAS_FIND(name, arguments)                                      \
  {                                                                            \
    void *found = dlsym(library, #name);                                       \
    memcpy((void *)&blas.name, &found, sizeof(found));                         \
    has_all &= found != NULL;                                                  \
  }
  LLAMIR_BLAS_FUNCTIONS(LLAMIR_BLAS_FIND)
#undef LLAMIR_BLAS_FIND
  if (!has_all || blas.cublasLtCreate(&handle))
    handle = NULL;
}

void llamir_rt_drop_products(void) {
  pthread_mutex_lock(&lock);
  if (handle)
    blas.cublasLtDestroy(handle);
  handle = library = NULL;
  was_sought = 0;
  pthread_mutex_unlock(&lock);
}

/*===------------------------------ A product -----------------------------===*/

/* y(t, n) is the sum of x(t, k) · w(n, k), with b(n) if it is `biased`: w
 * without gaps, rows of x and y `x_stride` and `y_stride` elements apart. */
typedef struct {
  int32_t type, biased, tokens, inputs, outputs, x_stride, y_stride;
} product;

/* What describes a product to the library. As it counts columns, w is a matrix
 * that is transposed, and y has a column for each token. */
typedef struct {
  void *operation, *w, *x, *y;
} description;

/* cudaDataType_t. */
static int get_data_type(int32_t type) {
  switch (type) {
  case LLAMIR_BF16:
    return 14;
  case LLAMIR_F16:
    return 2;
  default:
    return 0;
  }
}

static void drop(description *of) {
  if (of->operation)
    blas.cublasLtMatmulDescDestroy(of->operation);
  void *layouts[] = {of->w, of->x, of->y};
  for (size_t i = 0; i < 3; ++i)
    if (layouts[i])
      blas.cublasLtMatrixLayoutDestroy(layouts[i]);
}

/* `bias` is an address of the device, or NULL if there is none. */
static blas_status describe(const product *of, const void *bias,
                            description *made) {
  enum { f32 = 0 };
  const int operation = operation_t, type = get_data_type(of->type);
  const uint32_t add_bias = epilogue_bias;
  const uint64_t inputs = (uint64_t)of->inputs, outputs = (uint64_t)of->outputs,
                 tokens = (uint64_t)of->tokens;
  memset(made, 0, sizeof(*made));
  blas_status status =
      blas.cublasLtMatmulDescCreate(&made->operation, compute_f32, f32);
  if (!status)
    status = blas.cublasLtMatmulDescSetAttribute(made->operation, transpose_a,
                                                 &operation, sizeof(operation));
  if (!status && of->biased)
    status = blas.cublasLtMatmulDescSetAttribute(made->operation, epilogue,
                                                 &add_bias, sizeof(add_bias));
  if (!status && of->biased)
    status = blas.cublasLtMatmulDescSetAttribute(made->operation, bias_pointer,
                                                 &bias, sizeof(bias));
  if (!status)
    status = blas.cublasLtMatrixLayoutCreate(&made->w, type, inputs, outputs,
                                             of->inputs);
  if (!status)
    status = blas.cublasLtMatrixLayoutCreate(&made->x, type, inputs, tokens,
                                             of->x_stride);
  if (!status)
    status = blas.cublasLtMatrixLayoutCreate(&made->y, type, outputs, tokens,
                                             of->y_stride);
  if (status)
    drop(made);
  return status;
}

/*===--------------------------- Its algorithm ----------------------------===*/

enum { workspace_bytes = 32 << 20, alignment = 16, num_known = 64 };

/* Choosing takes longer than many products. */
static struct {
  product of;
  blas_choice choice;
} known[num_known];
static int32_t num_chosen;

/* Partial sums are added up in f32, so that the result is rounded once. */
static blas_status choose(const description *described, blas_choice *choice) {
  const size_t most = workspace_bytes;
  const uint32_t scheme = in_compute_type, bytes = alignment;
  void *preference = NULL;
  blas_status status = blas.cublasLtMatmulPreferenceCreate(&preference);
  if (status)
    return status;
  status = blas.cublasLtMatmulPreferenceSetAttribute(preference, most_workspace,
                                                     &most, sizeof(most));
  if (!status)
    status = blas.cublasLtMatmulPreferenceSetAttribute(preference, reductions,
                                                       &scheme, sizeof(scheme));
  for (int of = alignment_a; of < alignment_a + 4 && !status; ++of)
    status = blas.cublasLtMatmulPreferenceSetAttribute(preference, of, &bytes,
                                                       sizeof(bytes));
  int count = 0;
  if (!status)
    status = blas.cublasLtMatmulAlgoGetHeuristic(
        handle, described->operation, described->w, described->x, described->y,
        described->y, preference, 1, choice, &count);
  blas.cublasLtMatmulPreferenceDestroy(preference);
  if (status)
    return status;
  return count == 1 ? choice->status : -1;
}

/* The algorithm for a product; fails where the library has none. */
static blas_status find_algorithm(const product *of,
                                  const description *described,
                                  blas_choice *choice) {
  pthread_mutex_lock(&lock);
  int32_t count = num_chosen < num_known ? num_chosen : num_known;
  for (int32_t i = 0; i < count; ++i)
    if (memcmp(&known[i].of, of, sizeof(*of)) == 0) {
      *choice = known[i].choice;
      pthread_mutex_unlock(&lock);
      return 0;
    }
  blas_status status = choose(described, choice);
  if (!status) {
    known[num_chosen % num_known].of = *of;
    known[num_chosen % num_known].choice = *choice;
    ++num_chosen;
  }
  pthread_mutex_unlock(&lock);
  return status;
}

/*===------------------------------ Computing -----------------------------===*/

/* Describes bytes of the device's memory for halide_device_malloc. */
static void describe_bytes(halide_buffer_t *buffer, halide_dimension_t *dim,
                           size_t bytes) {
  memset(buffer, 0, sizeof(*buffer));
  memset(dim, 0, sizeof(*dim));
  buffer->type.code = halide_type_uint;
  buffer->type.bits = 8;
  buffer->type.lanes = 1;
  buffer->dimensions = 1;
  buffer->dim = dim;
  dim->stride = 1;
  dim->extent = (int32_t)bytes;
}

static int fail(const char *what, blas_status status) {
  return llamir_rt_fail(halide_error_code_generic_error,
                        "cuBLASLt: %s failed with the status %d", what, status);
}

/* What has no algorithm is nobody's failure: then *is_done is 0. */
static int multiply(const product *of, const halide_buffer_t *x,
                    const halide_buffer_t *w, const halide_buffer_t *b,
                    const halide_buffer_t *y, int *is_done) {
  *is_done = 0;
  description described;
  blas_choice choice;
  /* NOLINTNEXTLINE(performance-no-int-to-ptr): an address of the device. */
  if (describe(of, b ? (const void *)b->device : NULL, &described))
    return 0;
  if (find_algorithm(of, &described, &choice)) {
    drop(&described);
    return 0;
  }
  halide_buffer_t workspace;
  halide_dimension_t dim;
  describe_bytes(&workspace, &dim, choice.workspace_bytes);
  int status = 0;
  if (choice.workspace_bytes)
    status =
        halide_device_malloc(NULL, &workspace, halide_cuda_device_interface());
  if (status == 0 && llamir_rt_enter_cuda()) {
    const float one = 1, zero = 0;
    /* NOLINTBEGIN(performance-no-int-to-ptr): addresses of the device. */
    blas_status result = blas.cublasLtMatmul(
        handle, described.operation, &one, (void *)w->device, described.w,
        (void *)x->device, described.x, &zero, (void *)y->device, described.y,
        (void *)y->device, described.y, &choice.algorithm,
        (void *)workspace.device, choice.workspace_bytes,
        llamir_rt_get_stream());
    /* NOLINTEND(performance-no-int-to-ptr) */
    llamir_rt_leave_cuda();
    status = result ? fail("a product", result) : 0;
    *is_done = status == 0;
  } else if (status == 0) {
    status = halide_error_code_generic_error;
  }
  if (choice.workspace_bytes)
    halide_device_free(NULL, &workspace);
  drop(&described);
  return status;
}

/* Whether the library can compute a product. */
static int has_library(void) {
  pthread_mutex_lock(&lock);
  if (!was_sought && llamir_rt_enter_cuda()) {
    load();
    llamir_rt_leave_cuda();
  }
  int is_there = handle != NULL;
  pthread_mutex_unlock(&lock);
  return is_there;
}

/* Rows that a kernel makes for another one, in memory of the device. `dims` has
 * their two dimensions. */
static int make_rows(halide_buffer_t *made, const halide_buffer_t *weight,
                     halide_dimension_t *dims, int32_t width, int32_t tokens) {
  dims[0] = (halide_dimension_t){0, width, 1, 0};
  dims[1] = (halide_dimension_t){0, tokens, width, 0};
  *made = *weight;
  made->dimensions = 2;
  made->dim = dims;
  made->host = NULL;
  made->flags = 0;
  made->device = 0;
  made->device_interface = NULL;
  return halide_device_malloc(NULL, made, halide_cuda_device_interface());
}

int32_t llamir_rt_run_product(void **arrays, int32_t count, int32_t operands,
                              int32_t biased, int32_t type,
                              int32_t (*kernel)(void **),
                              int32_t (*before)(void **),
                              int32_t (*rest)(void **)) {
  enum { few_tokens = 16 }; /* Memory bounds the kernel for as many. */
  halide_buffer_t **all = (halide_buffer_t **)arrays;
  const halide_buffer_t *first = all[0], *w = all[operands],
                        *b = biased ? all[operands + 1] : NULL,
                        *result = rest ? NULL : all[count - 1];
  int32_t tokens = first->dim[1].extent, outputs = w->dim[3].extent,
          inputs = w->dim[0].extent * w->dim[2].extent,
          last = operands + (biased ? 1 : 0);
  const halide_buffer_t *lie[] = {before ? NULL : first, w, b, result};
  int is_aligned = 1;
  for (size_t i = 0; i < sizeof(lie) / sizeof(*lie); ++i)
    is_aligned &= !lie[i] || lie[i]->device % alignment == 0;
  if (tokens <= few_tokens || !is_aligned ||
      (!before && first->dim[0].extent != inputs) || !has_library())
    return kernel(arrays);
  product of = {type,
                biased,
                tokens,
                inputs,
                outputs,
                before ? inputs : first->dim[1].stride,
                result ? result->dim[1].stride : outputs};
  /* What the parts before and behind the product get: the rows in the place of
   * the weight, and the product in that of the last of weight and bias. */
  void *parts[count];
  memcpy((void *)parts, (void *)arrays, (size_t)count * sizeof(*arrays));
  halide_buffer_t rows, made;
  halide_dimension_t rows_dims[2], made_dims[2];
  const halide_buffer_t *x = first, *y = result;
  int status = 0, is_done = 0;
  rows.device = made.device = 0;
  if (before) {
    status = make_rows(&rows, w, rows_dims, inputs, tokens);
    parts[operands] = &rows;
    if (!status)
      status = before(parts);
    x = &rows;
  }
  if (rest && !status) {
    status = make_rows(&made, w, made_dims, outputs, tokens);
    y = &made;
  }
  if (!status)
    status = multiply(&of, x, w, b, y, &is_done);
  if (is_done && rest) {
    parts[last] = &made;
    status = rest(parts + last);
  }
  if (rows.device)
    halide_device_free(NULL, &rows);
  if (made.device)
    halide_device_free(NULL, &made);
  return status || is_done ? status : kernel(arrays);
}
