//===- ModelBuilder.h - Models in the llama dialect -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_MODELBUILDER_H
#define LLAMIR_LIB_IMPORT_MODELBUILDER_H

#include "llamir/Import/ModelConfig.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OwningOpRef.h"

namespace llamir {

/// A tensor of a checkpoint that a weight is made of.
struct StoredTensor {
  std::string name;
  /// Its sizes as they are stored.
  llvm::SmallVector<int64_t> shape;
  /// Rows are columns in the file.
  bool isTransposed = false;
  /// The rows of the weight among those of the tensor, as `#llama.file` has
  /// them; empty for all.
  llvm::SmallVector<int64_t, 3> rows;
};

/// Writes a model in the llama dialect. Where its weights come from is up to
/// whoever derives from it.
class ModelBuilder {
public:
  ModelBuilder(const ModelConfig &config, mlir::MLIRContext &context);
  virtual ~ModelBuilder() = default;

  /// `count` layers from `first` on, as `@block`.
  mlir::OwningOpRef<mlir::ModuleOp> buildBlock(int64_t first, int64_t count);
  /// The whole model, as `@forward`.
  mlir::OwningOpRef<mlir::ModuleOp> buildModel();

protected:
  /// The element type and the source of a weight of a shape.
  virtual std::pair<mlir::Type, mlir::Attribute>
  getSource(const StoredTensor &tensor, llvm::ArrayRef<int64_t> shape) = 0;
  /// Whether some weight has no source: there is no use in further layers then,
  /// of which a wrong config.json may ask for millions.
  virtual bool hasFailed() const { return false; }

  const ModelConfig &config;
  mlir::ImplicitLocOpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;

private:
  /// The rows of a projection: its own tensor, or a part of a joined one.
  struct Projection {
    std::string role;
    int64_t rows;
    /// Of a joined tensor: all of its rows, and where those of the part are.
    int64_t allRows = 0;
    llvm::SmallVector<int64_t, 3> part;
  };

  mlir::Value getWeight(const std::string &symbol, const StoredTensor &tensor,
                        llvm::ArrayRef<int64_t> shape,
                        mlir::Attribute encoding = {});
  mlir::Value project(llvm::StringRef layer, const Projection &projection,
                      llvm::StringRef part, mlir::Value x,
                      mlir::Attribute encoding = {});
  mlir::Value projectRole(llvm::StringRef layer, llvm::StringRef role,
                          mlir::Value x, int64_t rows);
  /// The norm of a role, or `x` if there is none.
  mlir::Value norm(llvm::StringRef layer, const std::string &role,
                   mlir::Value x, int64_t heads = 0);
  mlir::Value rotate(int64_t layer, mlir::Value x, int64_t heads,
                     mlir::Value positions);
  mlir::Value attend(int64_t index, llvm::StringRef layer, mlir::Value x,
                     mlir::Value positions);
  mlir::Value feedForward(llvm::StringRef layer, mlir::Value x);
  mlir::Value buildLayer(int64_t index, mlir::Value x, mlir::Value positions);
  mlir::Value embed(mlir::Value ids, mlir::Value positions);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::func::FuncOp beginFunction(
      llvm::StringRef name,
      llvm::ArrayRef<std::pair<llvm::StringRef, mlir::Type>> arguments,
      llvm::StringRef resultName, int64_t resultWidth);
  mlir::RankedTensorType getRows(int64_t width) {
    return mlir::RankedTensorType::get({mlir::ShapedType::kDynamic, width},
                                       builder.getF32Type());
  }
  /// `cap · tanh(x / cap)`.
  mlir::Value capSoftly(mlir::Value x, double cap);
  llama::RotaryAttr getRotary(const RotaryConfig &rotary);
  std::string getName(llvm::StringRef layer, const std::string &role) {
    return layer.str() + config.tensors.at(role);
  }
  void locate(const llvm::Twine &name) {
    builder.setLoc(mlir::NameLoc::get(builder.getStringAttr(name)));
  }
};

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_MODELBUILDER_H
