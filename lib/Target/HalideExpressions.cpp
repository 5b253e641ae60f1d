//===- HalideExpressions.cpp - Expressions in libHalide's objects ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideExpressions.h"
#include "HalideErrors.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

Halide::Type ExprTranslator::toHalideType(Type type) const {
  if (type.isIndex())
    return Halide::Int(32);
  if (isBits(type))
    return Halide::UInt(16);
  if (isa<BFloat16Type>(type))
    return Halide::BFloat(16);
  if (auto number = dyn_cast<FloatType>(type))
    return Halide::Float(number.getWidth());
  auto integer = cast<IntegerType>(type);
  if (integer.getWidth() == 1)
    return Halide::Bool();
  return integer.isUnsigned() ? Halide::UInt(integer.getWidth())
                              : Halide::Int(integer.getWidth());
}

static Halide::Expr toConstant(Attribute value, Halide::Type type) {
  auto number = dyn_cast<FloatAttr>(value);
  if (number && !type.is_float())
    return Halide::Internal::make_const(
        type, number.getValue().bitcastToAPInt().getZExtValue());
  if (number)
    return Halide::Internal::make_const(type, number.getValueAsDouble());
  return Halide::Internal::make_const(
      type, cast<IntegerAttr>(value).getValue().getSExtValue());
}

static Halide::Expr compare(arith::CmpFPredicate predicate, Halide::Expr a,
                            Halide::Expr b) {
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::UNE:
    return a != b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  // Halide turns <= and >= into a negated < and so makes them true of NaN.
  case arith::CmpFPredicate::ULE:
    return a <= b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::UGE:
    return a >= b;
  case arith::CmpFPredicate::UNO:
    // Twice the same truth would become a variable, and libHalide cannot
    // vectorize one of its type below a condition.
    return a.same_as(b) ? Halide::is_nan(a)
                        : Halide::is_nan(a) || Halide::is_nan(b);
  default:
    return {};
  }
}

/// The exponential of an f32, vectorized, right to 2 units in the last place
/// from the least normal number to the largest. Above it is infinite, below
/// zero, and that of a NaN is a NaN: Halide's own gives zero for NaN and for
/// what lies far out, and without fused multiply-adds loses digits. Comparisons
/// are strict where the general flags would let the compiler assume that there
/// is no NaN.
///
/// x = n ln 2 + r with |r| at most half of ln 2, which is subtracted in two
/// parts, the first short enough that its product is exact; e^r is a
/// polynomial, and n is added to its exponent. n is read in two places, which
/// must see the same one: strict, too, or x would be computed once with fused
/// multiply-adds and once without, and rounded to two sides of a tie.
///
/// Source: Moshier, Cephes Mathematical Library, expf.
static Halide::Expr exponential(Halide::Expr x) {
  using Halide::Expr;
  if (x.type().bits() > 32)
    return Halide::exp(x); // The C library's.
  // The largest argument that does not overflow, the least with a normal
  // result.
  const float highest = 0x1.62e42ep+6f, lowest = -0x1.5d589ep+6f;
  Expr n = Halide::strict_float(Halide::round(x * 1.44269504088896341f));
  Expr r = Halide::strict_float((x - n * 0.693359375f) - n * -2.12194440e-4f);
  Expr p = 1.9875691500e-4f;
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                  1.6666665459e-1f, 5.0000001201e-1f})
    p = p * r + c;
  p = p * (r * r) + r + 1.0f;
  Expr bits =
      Halide::reinterpret<int32_t>(p) + (Halide::cast<int32_t>(n) << 23);
  Expr result = Halide::select(Halide::strict_float(x < lowest), 0.0f,
                               Halide::reinterpret<float>(bits));
  // A product, not a constant: the flags promise that there are no infinities.
  return Halide::select(Halide::strict_float(x <= highest), result,
                        Halide::strict_float(x * 0x1p+127f));
}

/// Halide's error function is a quotient of polynomials, which is NaN for what
/// is far from where the function is 1; it is exactly 1 in f32 from 4 on.
static Halide::Expr errorFunction(Halide::Expr x) {
  return Halide::select(Halide::is_nan(x), x,
                        Halide::erf(Halide::clamp(x, -4.5f, 4.5f)));
}

static Halide::Expr compare(arith::CmpIPredicate predicate, Halide::Expr a,
                            Halide::Expr b) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::ne:
    return a != b;
  case arith::CmpIPredicate::slt:
    return a < b;
  case arith::CmpIPredicate::sle:
    return a <= b;
  case arith::CmpIPredicate::sgt:
    return a > b;
  case arith::CmpIPredicate::sge:
    return a >= b;
  default:
    return {};
  }
}

/// True for an op that does to truth values what Halide does: to `arith`, one
/// bit is a number, 0 or -1.
static bool fitsTruths(Operation &op) {
  auto isTruth = [](Type type) { return type.isInteger(1); };
  if (auto cmp = dyn_cast<arith::CmpIOp>(op))
    return !isTruth(cmp.getLhs().getType()) ||
           cmp.getPredicate() == arith::CmpIPredicate::eq ||
           cmp.getPredicate() == arith::CmpIPredicate::ne;
  return isa<arith::ConstantOp, arith::SelectOp, arith::AndIOp, arith::OrIOp,
             arith::XOrIOp, arith::CmpFOp>(op) ||
         (llvm::none_of(op.getOperandTypes(), isTruth) &&
          llvm::none_of(op.getResultTypes(), isTruth));
}

//===----------------------------------------------------------------------===//
// Narrow numbers by their bits
//===----------------------------------------------------------------------===//

// NaN and infinity are told by bits, too: the general flags promise that there
// are none.

static Halide::Expr word(uint32_t value) {
  return Halide::Internal::make_const(Halide::UInt(32), uint64_t(value));
}

/// The f32 that a bf16 is.
static Halide::Expr widenBF16(Halide::Expr bits) {
  return Halide::reinterpret<float>(Halide::cast<uint32_t>(bits) << 16);
}

/// The f32 that an f16 is.
static Halide::Expr widenF16(Halide::Expr bits) {
  using Halide::Expr;
  Expr wide = Halide::cast<uint32_t>(bits);
  Expr magnitude = wide & word(0x7fff), shifted = magnitude << 13;
  // The exponents of f32 are larger by 112, and of what is not finite by 224.
  Expr normal = shifted + word(112u << 23),
       special = shifted + word(224u << 23);
  Expr tiny =
      Halide::reinterpret<uint32_t>(Halide::cast<float>(magnitude) * 0x1p-24f);
  Expr number =
      Halide::select(magnitude >= word(0x7c00), special,
                     Halide::select(magnitude >= word(0x400), normal, tiny));
  return Halide::reinterpret<float>(number | ((wide & word(0x8000)) << 16));
}

/// The bits of the f16 nearest to an f32, ties to even, infinity beyond the
/// range; NaN stays NaN.
static Halide::Expr roundToF16(Halide::Expr number) {
  using Halide::Expr;
  Expr bits = Halide::reinterpret<uint32_t>(number);
  Expr magnitude = bits & word(0x7fffffff);
  Expr moved = magnitude - word(112u << 23);
  Expr normal = (moved + word(0xfff) + ((moved >> 13) & word(1))) >> 13;
  // Below 2^-14 the bits count multiples of 2^-24.
  Expr tiny = Halide::cast<uint32_t>(Halide::round(
      Halide::reinterpret<float>(Halide::min(magnitude, word(0x38800000))) *
      0x1p+24f));
  Expr isNaN = magnitude > word(0x7f800000);
  Expr rounded = Halide::select(
      isNaN, word(0x7e00),
      Halide::select(
          magnitude >= word(0x477ff000), word(0x7c00),
          Halide::select(magnitude >= word(0x38800000), normal, tiny)));
  return Halide::cast<uint16_t>(rounded | ((bits >> 16) & word(0x8000)));
}

/// The bits of the bf16 nearest to an f32, ties to even; NaN stays NaN.
static Halide::Expr roundToBF16(Halide::Expr number) {
  using Halide::Expr;
  Expr bits = Halide::reinterpret<uint32_t>(number);
  Expr rounded = bits + word(0x7fff) + ((bits >> 16) & word(1));
  Expr quiet = bits | word(0x400000);
  Expr isNaN = (bits & word(0x7fffffff)) > word(0x7f800000);
  return Halide::cast<uint16_t>(Halide::select(isNaN, quiet, rounded) >> 16);
}

Halide::Expr ExprTranslator::buildOnBits(Operation &op) {
  auto arg = [&](unsigned index) { return exprs.lookup(op.getOperand(index)); };
  return llvm::TypeSwitch<Operation *, Halide::Expr>(&op)
      .Case([&](arith::ConstantOp constant) {
        return toConstant(constant.getValue(), Halide::UInt(16));
      })
      .Case([&](arith::SelectOp) {
        return Halide::select(arg(0), arg(1), arg(2));
      })
      .Case([&](arith::ExtFOp ext) -> Halide::Expr {
        Halide::Expr wide = ext.getIn().getType().isBF16() ? widenBF16(arg(0))
                                                           : widenF16(arg(0));
        return Halide::cast(toHalideType(ext.getType()), wide);
      })
      .Case([&](arith::TruncFOp trunc) -> Halide::Expr {
        // A second rounding, from f64, would not be the one that is meant.
        if (!trunc.getIn().getType().isF32())
          return {};
        return trunc.getType().isBF16() ? roundToBF16(arg(0))
                                        : roundToF16(arg(0));
      })
      .Case([&](arith::BitcastOp) { return arg(0); })
      .Default([](Operation *) { return Halide::Expr(); });
}

Halide::Expr ExprTranslator::build(Operation &op) {
  auto bits = [&](Type type) { return isBits(type); };
  if (llvm::any_of(op.getOperandTypes(), bits) ||
      llvm::any_of(op.getResultTypes(), bits))
    return buildOnBits(op);
  auto arg = [&](unsigned index) { return exprs.lookup(op.getOperand(index)); };
  auto resultType = [&] { return toHalideType(op.getResult(0).getType()); };
  // Halide's functions of 16 bits are wrong for large numbers, or missing.
  auto wide = [&](unsigned index) {
    Halide::Expr expr = arg(index);
    return expr.type().bits() < 32 ? Halide::cast<float>(expr) : expr;
  };
  using Halide::Expr;
  return llvm::TypeSwitch<Operation *, Expr>(&op)
      .Case([&](arith::ConstantOp constant) {
        // libHalide writes an f64 as f32 into OpenCL C and SPIR-V.
        if (isDevice && resultType() == Halide::Float(64))
          return Halide::reinterpret<double>(
              toConstant(constant.getValue(), Halide::UInt(64)));
        return toConstant(constant.getValue(), resultType());
      })
      .Case<arith::AddFOp, arith::AddIOp>([&](auto) { return arg(0) + arg(1); })
      .Case<arith::SubFOp, arith::SubIOp>([&](auto) { return arg(0) - arg(1); })
      .Case<arith::MulFOp, arith::MulIOp>([&](auto) { return arg(0) * arg(1); })
      .Case<arith::DivFOp, DivOp>([&](auto) { return arg(0) / arg(1); })
      .Case([&](ModOp) { return arg(0) % arg(1); })
      .Case([&](arith::NegFOp) { return -arg(0); })
      .Case<arith::MaxNumFOp, arith::MaxSIOp>(
          [&](auto) { return Halide::max(arg(0), arg(1)); })
      .Case<arith::MinNumFOp, arith::MinSIOp>(
          [&](auto) { return Halide::min(arg(0), arg(1)); })
      .Case([&](arith::CmpFOp cmp) {
        // Strict: the general flags promise that there are no NaNs.
        Expr result = compare(cmp.getPredicate(), arg(0), arg(1));
        return result.defined() ? Halide::strict_float(result) : result;
      })
      .Case([&](arith::CmpIOp cmp) {
        return compare(cmp.getPredicate(), arg(0), arg(1));
      })
      .Case([&](arith::SelectOp) {
        return Halide::select(arg(0), arg(1), arg(2));
      })
      .Case<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::FPToSIOp,
            arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
          [&](auto) { return Halide::cast(resultType(), arg(0)); })
      .Case([&](arith::AndIOp) { return arg(0) & arg(1); })
      .Case([&](arith::OrIOp) { return arg(0) | arg(1); })
      .Case([&](arith::XOrIOp) { return arg(0) ^ arg(1); })
      .Case([&](arith::ShLIOp) { return arg(0) << arg(1); })
      .Case([&](arith::ShRSIOp) { return arg(0) >> arg(1); })
      .Case([&](arith::BitcastOp) {
        return Halide::reinterpret(resultType(), arg(0));
      })
      .Case([&](math::ExpOp) { return exponential(wide(0)); })
      .Case([&](math::LogOp) { return Halide::log(wide(0)); })
      .Case([&](math::SinOp) { return Halide::sin(wide(0)); })
      .Case([&](math::CosOp) { return Halide::cos(wide(0)); })
      .Case([&](math::SqrtOp) { return Halide::sqrt(wide(0)); })
      .Case([&](math::RsqrtOp) {
        return Halide::Internal::make_one(resultType()) / Halide::sqrt(wide(0));
      })
      .Case([&](math::ErfOp) { return errorFunction(wide(0)); })
      .Case([&](math::TanhOp) { return Halide::tanh(wide(0)); })
      .Case([&](math::AbsFOp) { return Halide::abs(arg(0)); })
      .Case([&](math::FloorOp) { return Halide::floor(wide(0)); })
      .Case([&](math::CeilOp) { return Halide::ceil(wide(0)); })
      .Case([&](math::RoundEvenOp) { return Halide::round(wide(0)); })
      .Case([&](ExtentOp extent) -> Expr {
        auto dim = params.lookup(extent.getBuffer()).dim(extent.getDim());
        // The innermost may have indices before 0 there.
        return isDevice && extent.getDim() == 0 ? dim.max() + 1 : dim.extent();
      })
      .Default([](Operation *) { return Expr(); });
}

LogicalResult ExprTranslator::translate(Operation &op) {
  unsigned depth = 0;
  for (Value operand : op.getOperands())
    depth = std::max(depth, depths.lookup(operand));
  if (depth >= maximumDepth)
    return op.emitOpError() << "makes an expression of more than "
                            << maximumDepth << " ops on top of each other";
  for (Value result : op.getResults())
    depths[result] = depth + 1;
  if (auto at = dyn_cast<AtOp>(op))
    return translateAt(at);
  Halide::Expr expr = fitsTruths(op) ? build(op) : Halide::Expr();
  if (!expr.defined())
    return op.emitOpError() << "has no translation to Halide";
  exprs[op.getResult(0)] =
      Halide::cast(toHalideType(op.getResult(0).getType()), expr);
  return success();
}

LogicalResult ExprTranslator::translateBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(guard(op, [&] { return translate(op); })))
      return failure();
  return success();
}

LogicalResult ExprTranslator::translateAt(AtOp at) {
  std::vector<Halide::Expr> indices;
  for (Value index : at.getIndices())
    indices.push_back(exprs.lookup(index));
  Value source = at.getSource();
  if (auto func = funcs.find(source); func != funcs.end()) {
    Halide::FuncRef reference = func->second(indices);
    if (at.getNumResults() == 1) {
      exprs[at.getResult(0)] = Halide::Expr(reference);
      return success();
    }
    for (OpResult result : at.getResults())
      exprs[result] = reference[result.getResultNumber()];
    return success();
  }
  if (auto param = params.find(source); param != params.end()) {
    exprs[at.getResult(0)] = param->second(indices);
    return success();
  }
  indices.front() += 1; // See makeTable.
  exprs[at.getResult(0)] = tables.at(source)(indices);
  return success();
}
