//===- LaunchRunner.cpp - Host functions launch by launch ----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Execution/Execution.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

llvm::Error LaunchRunner::checkArguments(func::FuncOp function, ArrayRef<Array> arguments) {
  if (arguments.size() != function.getNumArguments())
    return llvm::createStringError("function '" + function.getName() + "' takes " +
                                   Twine(function.getNumArguments()) + " inputs, not " +
                                   Twine(arguments.size()));
  llvm::StringMap<int64_t> sizes; // Of the names of dimensions.
  for (auto [index, array] : llvm::enumerate(arguments)) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    bool fits = type && getElementType(type.getElementType()) == array.getType() &&
                size_t(type.getRank()) == array.getShape().size();
    for (int64_t axis = 0; fits && axis < type.getRank(); ++axis)
      fits = type.isDynamicDim(axis) || type.getDimSize(axis) == array.getShape()[axis];
    if (!fits) {
      std::string message;
      llvm::raw_string_ostream stream(message);
      stream << "input " << index << " is of [";
      llvm::interleaveComma(array.getShape(), stream);
      stream << "] " << getName(array.getType()) << ", the function takes " << type;
      return llvm::createStringError(message);
    }
    auto names = function.getArgAttrOfType<ArrayAttr>(index, LlamaDialect::dimsAttrName);
    if (!names)
      continue;
    size_t next = 0;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis)) {
        StringRef name = cast<StringAttr>(names[next++]).getValue();
        auto [entry, fresh] = sizes.try_emplace(name, array.getShape()[axis]);
        if (!fresh && entry->second != array.getShape()[axis])
          return llvm::createStringError("input " + Twine(index) + " has " +
                                         Twine(array.getShape()[axis]) + " " + name +
                                         ", another input " + Twine(entry->second));
      }
  }
  return llvm::Error::success();
}

/// Ids that an embedding would read outside of its table.
static llvm::Error checkIds(const TensorView &ids, int64_t vocabulary) {
  auto *values = static_cast<const int32_t *>(ids.data);
  for (int64_t i = 0; i < ids.shape[0]; ++i)
    if (values[i] < 0 || values[i] >= vocabulary)
      return llvm::createStringError("id " + Twine(values[i]) + " at place " + Twine(i) +
                                     " is not in the vocabulary of " + Twine(vocabulary));
  return llvm::Error::success();
}

llvm::Expected<std::vector<Array>> LaunchRunner::run(func::FuncOp function,
                                                     MutableArrayRef<Array> arguments) {
  if (llvm::Error error = checkArguments(function, arguments))
    return error;
  DenseMap<Value, TensorView> views;
  std::vector<Array> storage;
  storage.reserve(1024);
  for (auto [value, array] : llvm::zip(function.getArguments(), arguments))
    views[value] = viewOf(array);
  std::vector<Array> results;
  for (Operation &op : function.getBody().front()) {
    if (auto get = dyn_cast<GetWeightOp>(op)) {
      const WeightsLayout::Slot *slot = layout.find(get.getWeight());
      RankedTensorType type = cast<RankedTensorType>(get.getType());
      TensorView view;
      view.data = image.data() + slot->offset;
      view.type = getElementType(type.getElementType());
      view.shape.assign(type.getShape().begin(), type.getShape().end());
      view.stride = getPanels(type) ? 0 : type.getShape().back();
      views[get] = view;
    } else if (auto split = dyn_cast<SplitOp>(op)) {
      TensorView parent = views.lookup(split.getX());
      int64_t column = 0;
      for (Value part : split.getParts()) {
        TensorView view = parent;
        view.data = static_cast<char *>(parent.data) + column * getSize(parent.type);
        view.shape[1] = cast<RankedTensorType>(part.getType()).getDimSize(1);
        column += view.shape[1];
        views[part] = view;
      }
    } else if (auto launch = dyn_cast<LaunchOp>(op)) {
      auto pipeline = symbols.lookup<halide::PipelineOp>(launch.getKernel());
      SmallVector<TensorView> operands, outputs;
      int64_t tokens = 0;
      for (Value operand : launch.getOperands()) {
        operands.push_back(views.lookup(operand));
        auto type = cast<RankedTensorType>(operand.getType());
        if (&operands.back() == operands.begin() && type.isDynamicDim(0))
          tokens = operands.back().shape[0];
      }
      for (Value result : launch.getResults()) {
        auto type = cast<RankedTensorType>(result.getType());
        SmallVector<int64_t> shape(type.getShape());
        if (type.isDynamicDim(0))
          shape[0] = tokens;
        SmallVector<int64_t> stored = shape;
        PanelsAttr panels = getPanels(type);
        if (panels)
          stored = {panels.getNumPanels(shape[0]) * panels.getWidth(), shape[1]};
        llvm::Expected<Array> array =
            Array::create(getElementType(type.getElementType()), stored);
        if (!array)
          return array.takeError();
        storage.push_back(std::move(*array));
        TensorView view = viewOf(storage.back());
        view.shape = shape;
        view.stride = panels ? 0 : shape.back();
        views[result] = view;
        outputs.push_back(view);
      }
      if (auto limits = pipeline->getAttrOfType<IntegerAttr>("llama.index_limit"))
        if (llvm::Error error = checkIds(operands[0], limits.getInt()))
          return error;
      bool empty = llvm::all_of(outputs, [](const TensorView &view) {
        return llvm::is_contained(view.shape, 0);
      });
      if (!empty)
        if (llvm::Error error = library.run(pipeline, operands, outputs))
          return error;
      if (observer && !empty)
        if (llvm::Error error = observer(launch, pipeline, operands, outputs))
          return error;
    } else if (isa<func::ReturnOp>(op)) {
      for (Value value : op.getOperands()) {
        const TensorView &view = views.find(value)->second;
        llvm::Expected<Array> array = Array::create(view.type, view.shape);
        if (!array)
          return array.takeError();
        int64_t rows = view.shape.size() == 2 ? view.shape[0] : 1;
        int64_t bytes = view.shape.back() * getSize(view.type);
        for (int64_t row = 0; row < rows; ++row)
          std::memcpy(array->getData<char>() + row * bytes,
                      static_cast<char *>(view.data) + row * view.stride * getSize(view.type),
                      bytes);
        results.push_back(std::move(*array));
      }
    } else {
      return llvm::createStringError("op '" + op.getName().getStringRef() +
                                     "' is not part of a host function");
    }
  }
  return results;
}
