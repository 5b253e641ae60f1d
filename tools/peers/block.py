# Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The block in PyTorch. OpenVINO runs the same one, converted."""

import torch
import torch.nn.functional as F

TYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


class Block(torch.nn.Module):
    """One LLaMA block: a hidden state [tokens, hidden] to the next one.

    Projections of the same input are one product with joined weights, or one for each: which is faster differs.
    """

    def __init__(self, shape, dtype, joined, seed=1):
        super().__init__()
        self.heads, self.kv_heads = shape.heads, shape.kv_heads
        self.size = shape.hidden // shape.heads
        self.theta = shape.theta
        generator = torch.Generator().manual_seed(seed)

        def parameter(values):
            return torch.nn.Parameter(values.to(TYPES[dtype]), requires_grad=False)

        def gain():
            return parameter(torch.empty(shape.hidden).uniform_(0.9, 1.1, generator=generator))

        def weights(columns, *rows):
            # Sums of products then have a variance of about 1.
            bound = (3 / columns) ** 0.5
            values = torch.empty(sum(rows), columns).uniform_(-bound, bound, generator=generator)
            parts = [values] if joined else values.split(rows)
            return torch.nn.ParameterList([parameter(part.clone()) for part in parts])

        kv = shape.kv_heads * self.size
        self.attention_norm = gain()
        self.qkv = weights(shape.hidden, shape.hidden, kv, kv)
        self.out = weights(shape.hidden, shape.hidden)
        self.ffn_norm = gain()
        self.gate_up = weights(shape.hidden, shape.intermediate, shape.intermediate)
        self.down = weights(shape.intermediate, shape.hidden)

    def tables(self, first, tokens):
        """The cosines and sines of the positions from `first`: [tokens, size / 2] each."""
        rates = self.theta ** (-torch.arange(0, self.size, 2, dtype=torch.float64) / self.size)
        angles = torch.outer(torch.arange(first, first + tokens, dtype=torch.float64), rates)
        return (table.to(self.qkv[0].dtype) for table in (angles.cos(), angles.sin()))

    @staticmethod
    def rotate(x, cos, sin):
        low, high = x.chunk(2, dim=-1)
        return torch.cat([low * cos - high * sin, high * cos + low * sin], dim=-1)

    @staticmethod
    def project(x, gain, weights, widths):
        """The norm of x times each of the matrices that `weights` are, joined or not."""
        x = F.rms_norm(x, x.shape[-1:], gain, 1e-5)
        products = [F.linear(x, part) for part in weights]
        return products if len(products) > 1 else products[0].split(widths, dim=-1)

    def queries_keys_values(self, x, cos, sin):
        kv = self.kv_heads * self.size
        products = self.project(x, self.attention_norm, self.qkv, [self.heads * self.size, kv, kv])
        q, k, v = (product.view(1, x.shape[0], -1, self.size).transpose(1, 2) for product in products)
        return self.rotate(q, cos, sin), self.rotate(k, cos, sin), v

    def rest(self, x, attention):
        x = x + F.linear(attention.transpose(1, 2).reshape(x.shape[0], -1), self.out[0])
        width = self.down[0].shape[1]
        gate, up = self.project(x, self.ffn_norm, self.gate_up, [width, width])
        return x + F.linear(F.silu(gate) * up, self.down[0])

    def attend(self, q, k, v, causal):
        grouped = {"enable_gqa": True} if self.heads != self.kv_heads else {}
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal, **grouped)


class Prefill(Block):
    """All tokens at once. Returns the keys and values, too: they are what fills a cache."""

    def forward(self, x, cos, sin):
        q, k, v = self.queries_keys_values(x, cos, sin)
        return self.rest(x, self.attend(q, k, v, True)), k, v


class Decode(Block):
    """One token. The cache, [1, heads, context + 1, size], has room for it in its last row."""

    def forward(self, x, cos, sin, keys, values):
        q, k, v = self.queries_keys_values(x, cos, sin)
        keys[:, :, -1:] = k
        values[:, :, -1:] = v
        return self.rest(x, self.attend(q, keys, values, False))


class DecodeJoined(Block):
    """The same without a write into its arguments, for OpenVINO: the cache is [1, heads, context, size]."""

    def forward(self, x, cos, sin, keys, values):
        q, k, v = self.queries_keys_values(x, cos, sin)
        attention = self.attend(q, torch.cat([keys, k], dim=2), torch.cat([values, v], dim=2), False)
        return self.rest(x, attention), k, v


def inputs_of(block, phase, cache_rows, dtype, hidden, seed=2):
    """Random arguments of a block for a phase."""
    kind, size = phase
    generator = torch.Generator().manual_seed(seed)

    def random(*sizes):
        return torch.empty(sizes).uniform_(-1, 1, generator=generator).to(TYPES[dtype])

    if kind == "prefill":
        return (random(size, hidden), *block.tables(0, size))
    cache = (1, block.kv_heads, cache_rows, block.size)
    return (random(1, hidden), *block.tables(size, 1), random(*cache), random(*cache))
