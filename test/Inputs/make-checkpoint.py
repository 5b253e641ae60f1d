"""Writes a LLaMA checkpoint of zeros in bf16: make-checkpoint.py FOLDER HIDDEN INTERMEDIATE LAYERS VOCABULARY

The tensors' bytes are a hole in the file: they take no place on the disk and no time.
"""

import json
import os
import struct
import sys

folder = sys.argv[1]
hidden, intermediate, layers, vocabulary = map(int, sys.argv[2:])
config = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": hidden,
    "intermediate_size": intermediate,
    "num_hidden_layers": layers,
    "num_attention_heads": hidden // 64,
    "num_key_value_heads": hidden // 64,
    "vocab_size": vocabulary,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 2048,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
}
shapes = {
    "model.embed_tokens.weight": [vocabulary, hidden],
    "lm_head.weight": [vocabulary, hidden],
    "model.norm.weight": [hidden],
}
for layer in range(layers):
    prefix = "model.layers.%d." % layer
    for name in ("q", "k", "v", "o"):
        shapes[prefix + "self_attn.%s_proj.weight" % name] = [hidden, hidden]
    for name in ("gate", "up"):
        shapes[prefix + "mlp.%s_proj.weight" % name] = [intermediate, hidden]
    shapes[prefix + "mlp.down_proj.weight"] = [hidden, intermediate]
    shapes[prefix + "input_layernorm.weight"] = [hidden]
    shapes[prefix + "post_attention_layernorm.weight"] = [hidden]
header, end = {}, 0
for name, shape in shapes.items():
    size = 2
    for extent in shape:
        size *= extent
    header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
    end += size
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "config.json"), "w") as file:
    json.dump(config, file)
text = json.dumps(header).encode()
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    file.truncate(8 + len(text) + end)
