//===- LlamaKernelOps.cpp - Kernels and their launches --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace llamir::llama;

YieldOp KernelOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getNameAttr() << " (";
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()),
                        printer, [&](auto pair) {
                          printer << std::get<0>(pair) << " = "
                                  << std::get<1>(pair);
                        });
  printer << ") : ";
  printer.printFunctionalType(getInputs().getTypes(), getResultTypes());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"name"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> inputs;
  FunctionType type;
  if (parser.parseAttribute(name, "name", result.attributes) ||
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        return failure(parser.parseArgument(arguments.emplace_back()) ||
                       parser.parseEqual() ||
                       parser.parseOperand(inputs.emplace_back()));
      }))
    return failure();
  SMLoc typeLoc;
  if (parser.parseColon() || parser.getCurrentLocation(&typeLoc) ||
      parser.parseType(type))
    return failure();
  if (type.getNumInputs() != inputs.size())
    return parser.emitError(typeLoc) << inputs.size() << " inputs but "
                                     << type.getNumInputs() << " input types";
  for (auto [argument, argType] : llvm::zip(arguments, type.getInputs()))
    argument.type = argType;
  Region *body = result.addRegion();
  if (parser.resolveOperands(inputs, type.getInputs(), typeLoc,
                             result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*body, arguments))
    return failure();
  result.addTypes(type.getResults());
  KernelOp::ensureTerminator(*body, parser.getBuilder(), result.location);
  return success();
}

LogicalResult KernelOp::verify() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != TypeRange(getInputs().getTypes()))
    return emitOpError() << "kernel_c1: the block's arguments must have the "
                            "types of the inputs";
  if (TypeRange(getYield().getValues().getTypes()) !=
      TypeRange(getResultTypes()))
    return emitOpError() << "kernel_c1: the yielded values must have the types "
                            "of the results";
  for (Operation &op : block.without_terminator())
    if (!isa<ComputeOpInterface>(op))
      return op.emitOpError() << "kernel_c2: cannot stand in a kernel";
  return success();
}

/// Drops inputs that the body does not read and results that nobody uses, so
/// that a kernel's signature is what it touches.
LogicalResult KernelOp::canonicalize(KernelOp op, PatternRewriter &rewriter) {
  Block &block = op.getBody().front();
  llvm::BitVector deadArguments(block.getNumArguments());
  SmallVector<Value> inputs;
  for (auto [index, argument] : llvm::enumerate(block.getArguments())) {
    if (argument.use_empty())
      deadArguments.set(index);
    else
      inputs.push_back(op.getInputs()[index]);
  }
  SmallVector<unsigned> live;
  for (OpResult result : op.getResults())
    if (!result.use_empty())
      live.push_back(result.getResultNumber());
  if (deadArguments.none() && live.size() == op.getNumResults())
    return failure();
  SmallVector<Type> types;
  SmallVector<Value> yielded;
  for (unsigned index : live) {
    types.push_back(op.getResult(index).getType());
    yielded.push_back(op.getYield().getValues()[index]);
  }
  rewriter.modifyOpInPlace(op, [&] {
    block.eraseArguments(deadArguments);
    op.getYield().getValuesMutable().assign(yielded);
  });
  auto kernel =
      KernelOp::create(rewriter, op.getLoc(), types, op.getNameAttr(), inputs);
  kernel->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.inlineRegionBefore(op.getBody(), kernel.getBody(),
                              kernel.getBody().end());
  SmallVector<Value> replacements(op.getNumResults());
  for (auto [index, old] : llvm::enumerate(live))
    replacements[old] = kernel.getResult(index);
  rewriter.replaceOp(op, replacements);
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *callee = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  if (!callee)
    return emitOpError() << "launch_c1: there is no kernel " << getKernelAttr();
  FunctionType type;
  if (isKernelFunction(callee))
    type = cast<func::FuncOp>(callee).getFunctionType();
  else if (auto attribute = callee->getAttrOfType<TypeAttr>(
               LlamaDialect::kernelTypeAttrName))
    type = dyn_cast<FunctionType>(attribute.getValue());
  if (!type)
    return emitOpError() << "launch_c1: " << getKernelAttr()
                         << " is not a kernel";
  if (TypeRange(type.getInputs()) != TypeRange(getOperandTypes()) ||
      TypeRange(type.getResults()) != TypeRange(getResultTypes()))
    return emitOpError() << "launch_c1: " << getKernelAttr() << " is of type "
                         << type;
  return success();
}
