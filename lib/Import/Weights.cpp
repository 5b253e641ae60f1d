//===- Weights.cpp - The numbers behind llama.weight ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/Weights.h"
#include "PanelPacking.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>
#include <mutex>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

static ElementType getElementType(RankedTensorType type) {
  if (isa<BFloat16Type>(type.getElementType()))
    return ElementType::BF16;
  return isa<Float16Type>(type.getElementType()) ? ElementType::F16
                                                 : ElementType::F32;
}

/// A weight of rank 1 is a column: joined biases lie one behind the other.
static int64_t getColumns(RankedTensorType type) {
  return type.getRank() == 2 ? type.getDimSize(1) : 1;
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

/// Hashes a counter: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
/// Seeds and element numbers advance by different odd constants, so that the
/// sequences of two seeds do not overlap soon.
static uint64_t hashCounter(uint64_t seed, uint64_t index) {
  uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15 + index * 0xd1b54a32d192ed03;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

llvm::Error WeightReader::Rows::readRounded(int64_t first, int64_t number,
                                            char *out) const {
  constexpr int64_t blockSize = 8192;
  std::vector<double> wide(std::min(blockSize, number * columns));
  std::vector<float> narrow(wide.size());
  int64_t end = (first + number) * columns;
  for (int64_t i = first * columns; i < end;) {
    int64_t count = std::min(blockSize, end - i);
    char *bytes = reinterpret_cast<char *>(wide.data());
    if (llvm::Error error = file->read(*tensor, i * sizeof(double),
                                       {bytes, count * sizeof(double)}))
      return error;
    convertToF32(ElementType::F64, bytes, narrow.data(), count);
    for (int64_t k = 0; k < count; ++k)
      if (std::isinf(narrow[k]) && !std::isinf(wide[k]))
        return llvm::createStringError(
            file->getPath() + ": a number of f64 does not fit in f32: " +
            llvm::formatv("{0:e2}", wide[k]).str());
    std::memcpy(out, narrow.data(), count * sizeof(float));
    out += count * sizeof(float);
    i += count;
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::Rows::read(int64_t first, int64_t number,
                                     char *out) const {
  int64_t elementBytes = getSize(type), rowBytes = columns * elementBytes;
  if (file && tensor->type == ElementType::F64)
    return readRounded(first, number, out);
  if (file)
    return file->read(*tensor, first * rowBytes,
                      {out, size_t(number * rowBytes)});
  float block[256];
  int64_t begin = first * columns, end = begin + number * columns;
  for (int64_t i = begin; i < end;) {
    int64_t count = std::min<int64_t>(end - i, std::size(block));
    for (int64_t k = 0; k < count; ++k) {
      // 24 bits are exact in every step, so the range stays half-open.
      auto bits = int32_t(hashCounter(seed, i + k) >> 40);
      block[k] = float(mean + scale * (double(bits) * 0x1p-23 - 1.0));
    }
    convertFromF32(type, block, out, count);
    out += count * elementBytes;
    i += count;
  }
  return llvm::Error::success();
}

FailureOr<WeightReader::Rows> WeightReader::openRows(WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  Rows rows;
  rows.count = type.getDimSize(0);
  rows.columns = getColumns(type);
  rows.type = ::getElementType(type);
  if (auto random = dyn_cast<RandomAttr>(weight.getSource())) {
    rows.seed = random.getSeed();
    rows.scale = random.getScale().getValueAsDouble();
    rows.mean = random.getMeanOrZero();
    return rows;
  }
  auto source = cast<FileAttr>(weight.getSource());
  SmallString<256> path(source.getPath());
  if (llvm::sys::path::is_relative(path)) {
    path = folder;
    llvm::sys::path::append(path, source.getPath());
  }
  std::unique_ptr<SafetensorsFile> &file = files[path.str().str()];
  if (!file) {
    auto opened = SafetensorsFile::open(path);
    if (!opened)
      return weight.emitError() << llvm::toString(opened.takeError());
    file = std::move(*opened);
  }
  rows.file = file.get();
  rows.tensor = file->find(source.getTensor());
  if (!rows.tensor)
    return weight.emitError()
           << path << ": there is no tensor '" << source.getTensor() << "'";
  bool isRounded =
      rows.tensor->type == ElementType::F64 && rows.type == ElementType::F32;
  if ((rows.tensor->type != rows.type && !isRounded) ||
      ArrayRef(rows.tensor->shape) != type.getShape())
    return weight.emitError()
           << path << ": tensor '" << source.getTensor() << "' is of "
           << formatShape(rows.tensor->shape) << " " << rows.tensor->typeName
           << ", the weight of " << type;
  return rows;
}

FailureOr<SmallVector<WeightReader::Rows>>
WeightReader::openParts(WeightOp weight) {
  SmallVector<WeightOp> ops = {weight};
  if (auto packed = dyn_cast<PackedAttr>(weight.getSource())) {
    ops.clear();
    for (FlatSymbolRefAttr part : packed.getParts())
      ops.push_back(symbols.lookup<WeightOp>(part.getValue()));
  }
  SmallVector<Rows> parts;
  for (WeightOp op : ops) {
    FailureOr<Rows> rows = openRows(op);
    if (failed(rows))
      return failure();
    parts.push_back(*rows);
  }
  return parts;
}

//===----------------------------------------------------------------------===//
// Filling
//===----------------------------------------------------------------------===//

namespace llamir {
/// Makes weights in pieces, from several threads.
class WeightFiller {
public:
  WeightFiller(WeightReader &reader, Progress *progress)
      : reader(reader), progress(progress) {}

  /// Opens what a weight is made of and cuts it into pieces; `offset` is where
  /// its bytes belong.
  LogicalResult add(WeightOp weight, int64_t offset);

  using Put =
      llvm::function_ref<llvm::Error(int64_t offset, ArrayRef<char> bytes)>;
  /// Makes every piece: in place when there is an image, else in memory of the
  /// thread, handed to `put`.
  LogicalResult run(char *image, Put put);

private:
  /// About this many bytes are made at once.
  static constexpr int64_t pieceBytes = 2 << 20;

  struct Weight {
    WeightOp op;
    ElementType type;
    PanelsAttr panels; // Null for rows one behind the other.
    int64_t rows, columns, offset;
    int64_t unitBytes; // Of a panel or a row.
    /// With the number of the first row.
    SmallVector<std::pair<int64_t, WeightReader::Rows>> parts;
  };
  struct Piece {
    size_t weight;
    int64_t begin, end; // Panels or rows.
  };
  /// Memory of a thread, kept from piece to piece.
  struct Scratch {
    std::vector<char> rows, wide, result;
    std::vector<float> floats;
  };

  llvm::Error readRows(const Weight &weight, int64_t first, int64_t number,
                       ElementType type, char *out, Scratch &scratch);
  llvm::Error makePanel(const Weight &weight, int64_t panel, char *out,
                        Scratch &scratch);
  llvm::Error make(const Weight &weight, const Piece &piece, char *out,
                   Scratch &scratch);

  WeightReader &reader;
  Progress *progress;
  std::vector<Weight> weights;
  std::vector<Piece> pieces;
};
} // namespace llamir

LogicalResult WeightFiller::add(WeightOp op, int64_t offset) {
  RankedTensorType type = op.getTensorType();
  FailureOr<SmallVector<WeightReader::Rows>> opened = reader.openParts(op);
  if (failed(opened))
    return failure();
  Weight weight{op,
                ::getElementType(type),
                getPanels(type),
                type.getDimSize(0),
                getColumns(type),
                offset,
                0,
                {}};
  int64_t first = 0;
  for (const WeightReader::Rows &part : *opened) {
    weight.parts.push_back({first, part});
    first += part.count;
  }
  int64_t units = weight.rows;
  weight.unitBytes = weight.columns * getSize(weight.type);
  if (weight.panels) {
    units = weight.panels.getNumPanels(weight.rows);
    weight.unitBytes *= weight.panels.getWidth();
  }
  int64_t step =
      std::max<int64_t>(pieceBytes / std::max<int64_t>(weight.unitBytes, 1), 1);
  for (int64_t begin = 0; begin < units; begin += step)
    pieces.push_back({weights.size(), begin, std::min(begin + step, units)});
  weights.push_back(std::move(weight));
  return success();
}

/// Reads rows of the joined parts as elements of `type`.
llvm::Error WeightFiller::readRows(const Weight &weight, int64_t first,
                                   int64_t number, ElementType type, char *out,
                                   Scratch &scratch) {
  for (const auto &[start, part] : weight.parts) {
    int64_t begin = std::max(first, start);
    int64_t count = std::min(first + number, start + part.count) - begin;
    if (count <= 0)
      continue;
    int64_t elements = count * part.columns;
    char *to = out + (begin - first) * part.columns * getSize(type);
    if (part.type == type) {
      if (llvm::Error error = part.read(begin - start, count, to))
        return error;
      continue;
    }
    scratch.wide.resize(elements * getSize(part.type));
    if (llvm::Error error =
            part.read(begin - start, count, scratch.wide.data()))
      return error;
    scratch.floats.resize(elements);
    convertToF32(part.type, scratch.wide.data(), scratch.floats.data(),
                 elements);
    convertFromF32(type, scratch.floats.data(), to, elements);
  }
  return llvm::Error::success();
}

llvm::Error WeightFiller::makePanel(const Weight &weight, int64_t panel,
                                    char *out, Scratch &scratch) {
  int64_t width = weight.panels.getWidth(), group = weight.panels.getGroup();
  int64_t padded = weight.panels.getPaddedGroup();
  // Parts of different types meet in f32, which holds all of them.
  ElementType type = weight.parts.front().second.type;
  for (const auto &part : weight.parts)
    if (part.second.type != type)
      type = ElementType::F32;
  int64_t rowBytes = weight.columns * getSize(type);
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
    if (llvm::Error error = readRows(weight, row, count, type, to, scratch))
      return error;
    for (int64_t end = lane + count; lane < end; ++lane)
      rows[lane] = scratch.rows.data() + lane * rowBytes;
  }
  packPanel(type, rows, weight.columns, weight.type, out);
  return llvm::Error::success();
}

llvm::Error WeightFiller::make(const Weight &weight, const Piece &piece,
                               char *out, Scratch &scratch) {
  if (!weight.panels)
    return readRows(weight, piece.begin, piece.end - piece.begin, weight.type,
                    out, scratch);
  for (int64_t panel = piece.begin; panel < piece.end;
       ++panel, out += weight.unitBytes)
    if (llvm::Error error = makePanel(weight, panel, out, scratch))
      return error;
  return llvm::Error::success();
}

LogicalResult WeightFiller::run(char *image, Put put) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::string problem;
  WeightOp culprit;
  auto work = [&] {
    Scratch scratch;
    for (size_t index; (index = next++) < pieces.size();) {
      const Piece &piece = pieces[index];
      const Weight &weight = weights[piece.weight];
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

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

LogicalResult WeightReader::read(WeightOp weight, MutableArrayRef<char> out) {
  assert(int64_t(out.size()) == getWeightBytes(weight.getTensorType()));
  WeightFiller filler(*this, nullptr);
  if (failed(filler.add(weight, 0)))
    return failure();
  return filler.run(out.data(), nullptr);
}

FailureOr<std::vector<double>> WeightReader::readAsDouble(WeightOp weight) {
  FailureOr<SmallVector<Rows>> parts = openParts(weight);
  if (failed(parts))
    return failure();
  ElementType type = ::getElementType(weight.getTensorType());
  std::vector<double> result;
  result.reserve(weight.getTensorType().getNumElements());
  for (const Rows &part : *parts) {
    std::vector<char> bytes(part.columns * getSize(part.type)),
        stored(bytes.size() * 2);
    std::vector<float> row(part.columns);
    for (int64_t i = 0; i < part.count; ++i) {
      if (llvm::Error error = part.read(i, 1, bytes.data()))
        return weight.emitError() << llvm::toString(std::move(error));
      convertToF32(part.type, bytes.data(), row.data(), part.columns);
      if (part.type != type) {
        // The numbers that the weight holds after its conversion.
        convertFromF32(type, row.data(), stored.data(), part.columns);
        convertToF32(type, stored.data(), row.data(), part.columns);
      }
      result.insert(result.end(), row.begin(), row.end());
    }
  }
  return result;
}

LogicalResult WeightReader::readAll(const WeightsLayout &layout,
                                    MutableArrayRef<char> image,
                                    Progress *progress) {
  assert(int64_t(image.size()) >= layout.totalBytes);
  WeightFiller filler(*this, progress);
  for (const WeightsLayout::Slot &slot : layout.slots)
    if (failed(filler.add(slot.weight, slot.offset)))
      return failure();
  return filler.run(image.data(), nullptr);
}

//===----------------------------------------------------------------------===//
// Weights files
//===----------------------------------------------------------------------===//

/// The tensors of a weights file: the weights, and padding where they leave a
/// gap.
static std::vector<SafetensorsWriter::Entry>
getFileEntries(const WeightsLayout &layout) {
  std::vector<SafetensorsWriter::Entry> entries;
  int64_t end = 0;
  auto padTo = [&](int64_t offset) {
    if (offset > end)
      entries.push_back({"llamir.padding." + std::to_string(end),
                         ElementType::U8,
                         {offset - end}});
  };
  for (const WeightsLayout::Slot &slot : layout.slots) {
    llama::WeightOp weight = slot.weight;
    RankedTensorType type = weight.getTensorType();
    padTo(slot.offset);
    SmallVector<int64_t> shape(type.getShape());
    if (PanelsAttr panels = getPanels(type))
      shape = {panels.getNumPanels(shape[0]), shape[1], panels.getWidth()};
    entries.push_back(
        {weight.getSymName().str(), ::getElementType(type), shape});
    end = slot.offset + slot.bytes;
  }
  padTo(layout.totalBytes);
  return entries;
}

LogicalResult WeightReader::writeFile(const WeightsLayout &layout,
                                      OutputFile &file, Progress *progress) {
  WeightFiller filler(*this, progress);
  for (const WeightsLayout::Slot &slot : layout.slots)
    if (failed(filler.add(slot.weight, slot.offset)))
      return failure();
  // The runtime compares the beginning of the header: the order matters.
  llvm::Expected<SafetensorsWriter> writer = SafetensorsWriter::create(
      file, getFileEntries(layout),
      {{weightsFingerprintKey.str(), layout.getFingerprintText()},
       {weightsFormatKey.str(), weightsFormatVersion.str()}},
      weightsFileAlignment);
  // A file that cannot be written is no fault of any place in the IR.
  if (!writer)
    return emitError(UnknownLoc::get(module.getContext()))
           << llvm::toString(writer.takeError());
  auto put = [&](int64_t offset, ArrayRef<char> bytes) {
    return writer->write(offset, bytes);
  };
  return filler.run(nullptr, put);
}
