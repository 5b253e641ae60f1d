"""Writes a tiny checkpoint of each family of models, with the logits that Hugging Face computes:

make-families.py FOLDER [NAME...]

Each folder FOLDER/NAME has config.json, model.safetensors (weights of bf16 from a seed), input_ids.npy and logits.npy,
computed in f32. test/Models/families was written so, with the packages torch and transformers, which no test needs.
"""

import os
import sys

import numpy
import torch
import transformers

common = {"bos_token_id": 1, "eos_token_id": 2, "vocab_size": 48}
sizes = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
grouped = {**sizes, "num_key_value_heads": 2}
gpt = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
dynamic = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
long = {"rope_type": "longrope", "rope_theta": 1e4, "short_factor": [1.0, 1.1, 1.3, 2.0], "long_factor": [1.0, 1.5, 3.0, 6.0]}
yarn = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 16}
llama3 = {
    "rope_type": "llama3",
    "rope_theta": 5e5,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
FAMILIES = {
    "gemma": ("Gemma", {**grouped, "head_dim": 12}),
    "gemma2": (
        "Gemma2",
        {
            **grouped,
            "head_dim": 12,
            "sliding_window": 5,
            "query_pre_attn_scalar": 9,
            "attn_logit_softcapping": 1.5,
            "final_logit_softcapping": 2.5,
        },
    ),
    "gemma3_text": (
        "Gemma3",
        {
            **grouped,
            "num_hidden_layers": 3,
            "head_dim": 12,
            "sliding_window": 5,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "query_pre_attn_scalar": 16,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "rope_theta": 1e5, "factor": 8.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e3},
            },
        },
    ),
    "gpt2": ("GPT2", gpt),
    "gpt_neo": (
        "GPTNeo",
        {
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "max_position_embeddings": 64,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 5,
        },
    ),
    "gpt_neox": ("GPTNeoX", sizes),
    "gpt_neox-sequential": ("GPTNeoX", {**sizes, "use_parallel_residual": False, "attention_bias": False}),
    "gptj": ("GPTJ", {**gpt, "rotary_dim": 4}),
    # The 24 tokens are more than these models were trained for, or fewer.
    "llama-dynamic": ("Llama", {**grouped, "max_position_embeddings": 16, "rope_parameters": dynamic}),
    "llama-linear": ("Llama", {**grouped, "rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 3.0}}),
    "llama-llama3": ("Llama", {**grouped, "rope_parameters": llama3}),
    "llama-yarn": ("Llama", {**grouped, "rope_parameters": yarn}),
    "mistral": ("Mistral", {**grouped, "sliding_window": 5}),
    "olmo2": ("Olmo2", grouped),
    "phi": ("Phi", grouped),
    "phi-normed": ("Phi", {**grouped, "qk_layernorm": True}),
    "phi3": ("Phi3", {**grouped, "sliding_window": 7, "pad_token_id": 0}),
    "phi3-long": (
        "Phi3",
        {**grouped, "original_max_position_embeddings": 16, "rope_parameters": long, "pad_token_id": 0},
    ),
    "phi3-short": (
        "Phi3",
        {**grouped, "original_max_position_embeddings": 32, "rope_parameters": long, "pad_token_id": 0},
    ),
    "qwen2": (
        "Qwen2",
        {**grouped, "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1},
    ),
    "qwen3": ("Qwen3", {**grouped, "head_dim": 12}),
    "stablelm": ("StableLm", {**grouped, "use_qkv_bias": True}),
    "stablelm-normed": ("StableLm", {**grouped, "qk_layernorm": True}),
    "stablelm-parallel": ("StableLm", {**grouped, "use_parallel_residual": True}),
}


def write(folder, name):
    kind, keys = FAMILIES[name]
    # Of a model that reads pictures, too, that of the part that reads text.
    config_class = getattr(transformers, kind + "TextConfig", None) or getattr(transformers, kind + "Config")
    config = config_class(**common, **keys)
    config._attn_implementation = "eager"
    for suffix in ("ForCausalLM", "LMHeadModel"):
        cls = getattr(transformers, kind + suffix, None)
        if cls:
            break
    torch.manual_seed(sum(map(ord, name)))
    model = cls(config).eval()
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            # Gains and biases differ from their usual values, too; matrices keep the size of what they multiply.
            if parameter.dim() > 1:
                parameter.normal_(0, parameter.shape[-1] ** -0.5)
            elif "norm" in parameter_name or "ln_" in parameter_name:
                offset = 0 if kind.startswith("Gemma") or parameter_name.endswith("bias") else 1
                parameter.uniform_(offset - 0.3, offset + 0.3)
            else:
                parameter.normal_(0, 0.3)
            parameter.copy_(parameter.to(torch.bfloat16).float())
    ids = torch.randint(3, 48, (1, 24))
    with torch.no_grad():
        logits = model(ids).logits
    path = os.path.join(folder, name)
    os.makedirs(path, exist_ok=True)
    model.to(torch.bfloat16).save_pretrained(path)
    generation = os.path.join(path, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)
    numpy.save(os.path.join(path, "input_ids.npy"), ids.int().numpy())
    numpy.save(os.path.join(path, "logits.npy"), logits.numpy())


for name in sys.argv[2:] or FAMILIES:
    write(sys.argv[1], name)
