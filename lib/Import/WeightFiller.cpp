//===- WeightFiller.cpp - Weights in pieces, from several threads ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightFiller.h"
#include "PanelPacking.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

LogicalResult WeightFiller::add(WeightOp op, int64_t offset,
                                PanelsAttr panels) {
  RankedTensorType type = op.getTensorType();
  if (!panels)
    type = type.dropEncoding();
  FailureOr<SmallVector<WeightReader::Rows>> opened = reader.openParts(op);
  if (failed(opened))
    return failure();
  auto packed = dyn_cast<PackedAttr>(op.getSource());
  Weight weight{op,
                packed && packed.getSaturate(),
                getArrayType(type),
                panels,
                type.getDimSize(0),
                llama::getRowWidth(type),
                offset,
                0,
                {}};
  int64_t first = 0;
  for (const WeightReader::Rows &part : *opened) {
    weight.parts.push_back({first, part, {}});
    first += part.count;
  }
  // A panel or a row.
  int64_t units = getStoredShape(type)[0];
  weight.unitBytes = units > 0 ? getWeightBytes(type) / units : 0;
  int64_t step =
      std::max<int64_t>(pieceBytes / std::max<int64_t>(weight.unitBytes, 1), 1);
  for (int64_t begin = 0; begin < units; begin += step)
    pieces.push_back({weights.size(), begin, std::min(begin + step, units)});
  weights.push_back(std::move(weight));
  return success();
}

double WeightFiller::findLargest(const WeightReader::Rows &rows) {
  std::vector<char> bytes(rows.columns * getSize(rows.type));
  std::vector<float> row(rows.columns);
  double largest = 0;
  for (int64_t i = 0; i < rows.count; ++i) {
    if (llvm::Error error = rows.read(i, 1, bytes.data())) {
      llvm::consumeError(std::move(error));
      return largest;
    }
    convertToF32(rows.type, bytes.data(), row.data(), rows.columns);
    for (float number : row)
      if (std::isfinite(number))
        largest = std::max(largest, std::abs(double(number)));
  }
  return largest;
}

/// Reads rows of a part and converts them to the weight's type.
llvm::Error WeightFiller::convert(Weight &weight, Part &part, int64_t first,
                                  int64_t number, char *out, Scratch &scratch) {
  WeightReader::Rows &rows = part.rows;
  int64_t elements = number * rows.columns;
  scratch.stored.resize(elements * getSize(rows.type));
  if (llvm::Error error = rows.read(first, number, scratch.stored.data()))
    return error;
  ConversionError moved;
  WeightConverter converter(rows.type, weight.type, weight.saturate);
  switch (converter.convert(scratch.stored.data(), out, elements, moved)) {
  case ConversionFault::None: {
    std::lock_guard<std::mutex> lock(mutex);
    part.error.add(moved);
    return llvm::Error::success();
  }
  case ConversionFault::NaN:
    return llvm::createStringError(
        "weight '" + rows.op.getSymName() +
        "' has a NaN, which cannot be converted to " + getName(weight.type));
  case ConversionFault::TooLarge:
    return llvm::createStringError(
        "weight '" + rows.op.getSymName() + "' has numbers up to " +
        llvm::formatv("{0:e3}", findLargest(rows)).str() +
        ", which do not fit in " + getName(weight.type) +
        "; convert it to another type, or let it saturate");
  }
  llvm_unreachable("unknown fault");
}

/// Reads rows of the joined parts as elements of the weight's type.
llvm::Error WeightFiller::readRows(Weight &weight, int64_t first,
                                   int64_t number, char *out,
                                   Scratch &scratch) {
  for (Part &part : weight.parts) {
    const WeightReader::Rows &rows = part.rows;
    int64_t begin = std::max(first, part.first);
    int64_t count = std::min(first + number, part.first + rows.count) - begin;
    if (count <= 0)
      continue;
    char *to = out + (begin - first) * rows.columns * getSize(weight.type);
    if (llvm::Error error =
            rows.type == weight.type
                ? rows.read(begin - part.first, count, to)
                : convert(weight, part, begin - part.first, count, to, scratch))
      return error;
  }
  return llvm::Error::success();
}

void WeightFiller::tellErrors() {
  for (Weight &weight : weights)
    for (Part &part : weight.parts) {
      // Widening moves nothing.
      if (part.rows.type == weight.type || weight.type == ElementType::F32)
        continue;
      remark::analysis(
          part.rows.op.getLoc(),
          remark::RemarkOpts::name("read-weights").category("weights"))
          << remark::add("'{0}' was rounded from {1} to {2}: largest error "
                         "{3:e2}, root mean square {4:f3} % of the numbers'",
                         part.rows.op.getSymName(), getName(part.rows.type),
                         getName(weight.type), part.error.largest,
                         100 * part.error.getRelative());
    }
}

llvm::Error WeightFiller::makePanel(Weight &weight, int64_t panel, char *out,
                                    Scratch &scratch) {
  PanelsAttr panels = weight.panels;
  int64_t width = panels.getWidth(), group = panels.getGroup();
  int64_t padded = panels.getPaddedGroup();
  int64_t steps = panels.getNumSteps(weight.columns);
  int64_t stepBytes = panels.getInterleave() * getSize(weight.type);
  int64_t rowBytes = weight.columns * getSize(weight.type);
  scratch.rows.resize(width * rowBytes);
  SmallVector<const char *> rows(width, nullptr);
  // Lanes with neighbouring rows are read at once.
  for (int64_t lane = 0; lane < width;) {
    int64_t place = panel * width + lane, within = place % padded;
    int64_t row = place / padded * group + within;
    int64_t count = std::min({width - lane, group - within, weight.rows - row});
    if (count <= 0) {
      ++lane;
      continue;
    }
    char *to = scratch.rows.data() + lane * rowBytes;
    if (llvm::Error error = readRows(weight, row, count, to, scratch))
      return error;
    for (int64_t end = lane + count; lane < end; ++lane)
      rows[lane] = scratch.rows.data() + lane * rowBytes;
  }
  // A last step that is not full ends with zeros.
  if (steps * stepBytes != rowBytes) {
    scratch.padded.assign(width * steps * stepBytes, 0);
    for (int64_t lane = 0; lane < width; ++lane) {
      if (!rows[lane])
        continue;
      char *to = scratch.padded.data() + lane * steps * stepBytes;
      std::memcpy(to, rows[lane], rowBytes);
      rows[lane] = to;
    }
  }
  packPanel(stepBytes, rows, steps, out);
  return llvm::Error::success();
}

llvm::Error WeightFiller::make(Weight &weight, const Piece &piece, char *out,
                               Scratch &scratch) {
  if (!weight.panels)
    return readRows(weight, piece.begin, piece.end - piece.begin, out, scratch);
  for (int64_t panel = piece.begin; panel < piece.end;
       ++panel, out += weight.unitBytes)
    if (llvm::Error error = makePanel(weight, panel, out, scratch))
      return error;
  return llvm::Error::success();
}

LogicalResult WeightFiller::run(char *image, Put put) {
  std::atomic<size_t> next = 0;
  std::string problem;
  WeightOp culprit;
  auto work = [&] {
    Scratch scratch;
    for (size_t index; (index = next++) < pieces.size();) {
      const Piece &piece = pieces[index];
      Weight &weight = weights[piece.weight];
      int64_t offset = weight.offset + piece.begin * weight.unitBytes;
      int64_t bytes = (piece.end - piece.begin) * weight.unitBytes;
      char *out = image ? image + offset : nullptr;
      if (!image) {
        scratch.result.resize(bytes);
        out = scratch.result.data();
      }
      llvm::Error error = make(weight, piece, out, scratch);
      if (!error && put)
        error = put(offset, {out, size_t(bytes)});
      if (error) {
        std::lock_guard<std::mutex> lock(mutex);
        problem = llvm::toString(std::move(error));
        culprit = weight.op;
        next = pieces.size();
        return;
      }
      if (progress)
        progress->advance(bytes);
    }
  };
  llvm::ThreadPoolStrategy strategy = llvm::hardware_concurrency();
  size_t threads =
      std::min<size_t>(strategy.compute_thread_count(), pieces.size());
  if (threads <= 1) {
    work();
  } else {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(threads));
    for (size_t i = 0; i < threads; ++i)
      pool.async(work);
    pool.wait();
  }
  if (culprit) {
    if (progress)
      progress->clear();
    return culprit.emitError() << problem;
  }
  return success();
}
