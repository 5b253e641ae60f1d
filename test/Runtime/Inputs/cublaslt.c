// Stands for cuBLASLt, libcublasLt.so.13, beside the stand-in for CUDA's
// driver: it multiplies f32 matrices of the process, and prints what it is
// asked for. A call that the library would not allow ends the process.
//
// The environment variable CUBLASLT_FAILS is a line CALL=STATUS: `call` then
// returns the number, the choice of an algorithm without one if it is 0.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { workspace_bytes = 4096 };

typedef struct {
  int is_layout, type;
  uint64_t rows, columns;
  int64_t stride;
  int transposes, epilogue;
  const float *bias;
} thing;

static int num_things;

static void refuse(const char *what) {
  printf("NOT ALLOWED: %s\n", what);
  fflush(stdout);
  _Exit(3);
}

static int get_failure(const char *call, int otherwise) {
  const char *told = getenv("CUBLASLT_FAILS");
  size_t length = strlen(call);
  if (told && !strncmp(told, call, length) && told[length] == '=')
    return atoi(told + length + 1);
  return otherwise;
}

static thing *make(void **made) {
  thing *created = calloc(1, sizeof(*created));
  ++num_things;
  *made = created;
  return created;
}

static int drop(void *dropped) {
  free(dropped);
  --num_things;
  return 0;
}

int cublasLtCreate(void **handle) {
  int status = get_failure("cublasLtCreate", 0);
  *handle = status ? NULL : &num_things;
  puts(status ? "the library does not work" : "the library");
  return status;
}

int cublasLtDestroy(void *handle) {
  if (handle != &num_things || num_things)
    refuse("what is described stays");
  puts("the library goes");
  return 0;
}

int cublasLtMatmulDescCreate(void **made, int compute, int scale) {
  if (compute != 68 || scale != 0)
    refuse("sums that are not of f32");
  make(made);
  return 0;
}

int cublasLtMatmulDescSetAttribute(void *of, int attribute, const void *value,
                                   size_t bytes) {
  thing *operation = of;
  int number = 0;
  if (attribute == 8 && bytes == sizeof(operation->bias)) {
    memcpy((void *)&operation->bias, value, bytes);
    return 0;
  }
  if ((attribute != 3 && attribute != 7) || bytes != sizeof(number))
    refuse("an unknown attribute of an operation");
  memcpy(&number, value, bytes);
  if (attribute == 3)
    operation->transposes = number == 1;
  else
    operation->epilogue = number;
  return 0;
}

int cublasLtMatrixLayoutCreate(void **made, int type, uint64_t rows,
                               uint64_t columns, int64_t stride) {
  thing *layout = make(made);
  *layout = (thing){1, type, rows, columns, stride, 0, 0, NULL};
  return 0;
}

int cublasLtMatmulPreferenceCreate(void **made) {
  make(made);
  return 0;
}

int cublasLtMatmulPreferenceSetAttribute(void *of, int attribute,
                                         const void *value, size_t bytes) {
  uint64_t number = 0;
  memcpy(&number, value, bytes);
  (void)of;
  if (attribute == 1 ? bytes != 8 || number < workspace_bytes
      : attribute == 3
          ? bytes != 4 || number != 2
          : attribute < 5 || attribute > 8 || bytes != 4 || number != 16)
    refuse("a preference");
  return 0;
}

int cublasLtMatmulDescDestroy(void *of) { return drop(of); }
int cublasLtMatrixLayoutDestroy(void *of) { return drop(of); }
int cublasLtMatmulPreferenceDestroy(void *of) { return drop(of); }

// cublasLtMatmulHeuristicResult_t.
typedef struct {
  uint64_t algorithm[8];
  size_t workspace;
  int status;
  float waves;
  int reserved[4];
} choice;

int cublasLtMatmulAlgoGetHeuristic(void *handle, void *operation, void *a,
                                   void *b, void *c, void *d, void *preference,
                                   int most, choice *chosen, int *count) {
  (void)handle, (void)operation, (void)b, (void)c, (void)d, (void)preference;
  puts("choose");
  *count = 0;
  if (most < 1)
    return 7;
  const char *name = "cublasLtMatmulAlgoGetHeuristic";
  if (get_failure(name, -1) >= 0)
    return get_failure(name, -1);
  *count = 1;
  memset(chosen, 0, sizeof(*chosen));
  chosen->algorithm[7] = ((thing *)a)->rows;
  chosen->workspace = workspace_bytes;
  return 0;
}

int cublasLtMatmul(void *handle, void *operation, const void *alpha,
                   const void *a, void *a_layout, const void *b, void *b_layout,
                   const void *beta, const void *c, void *c_layout, void *d,
                   void *d_layout, const uint64_t *algorithm, void *workspace,
                   size_t bytes, void *stream) {
  const thing *w = a_layout, *x = b_layout, *y = d_layout, *how = operation;
  int is_biased = how->epilogue == 4;
  if (!handle || !how->transposes || is_biased != (how->bias != NULL) ||
      (how->epilogue && !is_biased) || c != d || c_layout != d_layout ||
      *(const float *)alpha != 1 || *(const float *)beta != 0)
    refuse("another operation");
  if (w->rows != x->rows || y->rows != w->columns || y->columns != x->columns ||
      w->stride < (int64_t)w->rows || x->stride < (int64_t)x->rows ||
      y->stride < (int64_t)y->rows)
    refuse("matrices that do not fit");
  if (algorithm[7] != w->rows || !workspace || bytes != workspace_bytes)
    refuse("an algorithm of other matrices, or without its memory");
  printf("%sproduct of %d x %d and %d x %d, types %d %d %d, stream %d\n",
         is_biased ? "biased " : "", (int)x->columns, (int)x->rows,
         (int)w->rows, (int)w->columns, w->type, x->type, y->type,
         (int)(uintptr_t)stream);
  int status = get_failure("cublasLtMatmul", 0);
  memset(workspace, 0xff, bytes);
  for (uint64_t t = 0; t < y->columns && !status && y->type == 0; ++t)
    for (uint64_t n = 0; n < y->rows; ++n) {
      float sum = is_biased ? how->bias[n] : 0;
      for (uint64_t k = 0; k < w->rows; ++k)
        sum += ((const float *)a)[n * (uint64_t)w->stride + k] *
               ((const float *)b)[t * (uint64_t)x->stride + k];
      ((float *)d)[t * (uint64_t)y->stride + n] = sum;
    }
  return status;
}
