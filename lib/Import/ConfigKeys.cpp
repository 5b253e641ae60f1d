//===- ConfigKeys.cpp - What keys of config.json mean ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigKeys.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llamir;

//===----------------------------------------------------------------------===//
// The tables
//===----------------------------------------------------------------------===//

// What a family reads, its description says. A new key belongs under its
// heading: `Harmless` only when no value of it changes a logit, and otherwise
// the meaning whose values are those of a model without what the key is about.

static constexpr ConfigKey configKeys[] = {
    // What some families read, and others do not have.
    {"attention_bias", KeyMeaning::OffWhenEmpty},
    {"mlp_bias", KeyMeaning::OffWhenEmpty},
    {"pretraining_tp", KeyMeaning::OffWhenOne},
    {"rope_parameters", KeyMeaning::OffWhenEmpty},
    {"rope_scaling", KeyMeaning::OffWhenEmpty},

    // Where a model comes from, and how it is held in memory and saved.
    {"chunk_size_feed_forward", KeyMeaning::Harmless},
    {"is_decoder", KeyMeaning::Harmless},
    {"is_llama_config", KeyMeaning::Harmless},
    {"name_or_path", KeyMeaning::Harmless},
    {"torchscript", KeyMeaning::Harmless},
    {"transformers.js_config", KeyMeaning::Harmless},
    {"transformers_version", KeyMeaning::Harmless},
    {"unsloth_fixed", KeyMeaning::Harmless},
    {"unsloth_version", KeyMeaning::Harmless},
    {"use_bfloat16", KeyMeaning::Harmless},
    {"xla_device", KeyMeaning::Harmless},

    // How it is called, and how many tokens it is meant for.
    {"attn_implementation", KeyMeaning::Harmless},
    {"experts_implementation", KeyMeaning::Harmless},
    {"keys_to_ignore_at_inference", KeyMeaning::Harmless},
    {"max_position_embeddings", KeyMeaning::Harmless},
    {"max_sequence_length", KeyMeaning::Harmless},
    {"model_max_length", KeyMeaning::Harmless},
    {"original_max_position_embeddings", KeyMeaning::Harmless},
    {"output_attentions", KeyMeaning::Harmless},
    {"output_hidden_states", KeyMeaning::Harmless},
    {"output_past", KeyMeaning::Harmless},
    {"return_dict", KeyMeaning::Harmless},
    {"use_cache", KeyMeaning::Harmless},
    {"use_return_dict", KeyMeaning::Harmless},

    // Training.
    {"attention_dropout", KeyMeaning::Harmless},
    {"attn_pdrop", KeyMeaning::Harmless},
    {"embd_pdrop", KeyMeaning::Harmless},
    {"embedding_dropout", KeyMeaning::Harmless},
    {"finetuning_task", KeyMeaning::Harmless},
    {"gradient_checkpointing", KeyMeaning::Harmless},
    {"hidden_dropout", KeyMeaning::Harmless},
    {"initializer_range", KeyMeaning::Harmless},
    {"neftune_noise_alpha", KeyMeaning::Harmless},
    {"output_router_logits", KeyMeaning::Harmless},
    {"resid_pdrop", KeyMeaning::Harmless},
    {"router_aux_loss_coef", KeyMeaning::Harmless},
    {"tf_legacy_loss", KeyMeaning::Harmless},

    // Heads for other tasks; the architecture says that there is none.
    {"classifier_dropout", KeyMeaning::Harmless},
    {"id2label", KeyMeaning::Harmless},
    {"label2id", KeyMeaning::Harmless},
    {"num_labels", KeyMeaning::Harmless},
    {"prefix", KeyMeaning::Harmless},
    {"problem_type", KeyMeaning::Harmless},
    {"task_specific_params", KeyMeaning::Harmless},

    // The tokenizer.
    {"bos_token_id", KeyMeaning::Harmless},
    {"eos_token_id", KeyMeaning::Harmless},
    {"pad_token_id", KeyMeaning::Harmless},
    {"sep_token_id", KeyMeaning::Harmless},
    {"tokenizer_class", KeyMeaning::Harmless},
    {"unk_token_id", KeyMeaning::Harmless},

    // Generation, which older versions saved here: what is done with logits.
    {"assistant_confidence_threshold", KeyMeaning::Harmless},
    {"assistant_early_exit", KeyMeaning::Harmless},
    {"assistant_lookbehind", KeyMeaning::Harmless},
    {"bad_words_ids", KeyMeaning::Harmless},
    {"begin_suppress_tokens", KeyMeaning::Harmless},
    {"cache_config", KeyMeaning::Harmless},
    {"cache_implementation", KeyMeaning::Harmless},
    {"compile_config", KeyMeaning::Harmless},
    {"constraints", KeyMeaning::Harmless},
    {"continuous_batching_config", KeyMeaning::Harmless},
    {"decoder_start_token_id", KeyMeaning::Harmless},
    {"disable_compile", KeyMeaning::Harmless},
    {"diversity_penalty", KeyMeaning::Harmless},
    {"do_sample", KeyMeaning::Harmless},
    {"dola_layers", KeyMeaning::Harmless},
    {"early_stopping", KeyMeaning::Harmless},
    {"encoder_no_repeat_ngram_size", KeyMeaning::Harmless},
    {"encoder_repetition_penalty", KeyMeaning::Harmless},
    {"epsilon_cutoff", KeyMeaning::Harmless},
    {"eta_cutoff", KeyMeaning::Harmless},
    {"exponential_decay_length_penalty", KeyMeaning::Harmless},
    {"force_words_ids", KeyMeaning::Harmless},
    {"forced_bos_token_id", KeyMeaning::Harmless},
    {"forced_decoder_ids", KeyMeaning::Harmless},
    {"forced_eos_token_id", KeyMeaning::Harmless},
    {"generation_config", KeyMeaning::Harmless},
    {"generation_kwargs", KeyMeaning::Harmless},
    {"guidance_scale", KeyMeaning::Harmless},
    {"is_assistant", KeyMeaning::Harmless},
    {"length_penalty", KeyMeaning::Harmless},
    {"low_memory", KeyMeaning::Harmless},
    {"max_length", KeyMeaning::Harmless},
    {"max_matching_ngram_size", KeyMeaning::Harmless},
    {"max_new_tokens", KeyMeaning::Harmless},
    {"max_time", KeyMeaning::Harmless},
    {"min_length", KeyMeaning::Harmless},
    {"min_new_tokens", KeyMeaning::Harmless},
    {"min_p", KeyMeaning::Harmless},
    {"no_repeat_ngram_size", KeyMeaning::Harmless},
    {"num_assistant_tokens", KeyMeaning::Harmless},
    {"num_assistant_tokens_schedule", KeyMeaning::Harmless},
    {"num_beam_groups", KeyMeaning::Harmless},
    {"num_beams", KeyMeaning::Harmless},
    {"num_return_sequences", KeyMeaning::Harmless},
    {"output_logits", KeyMeaning::Harmless},
    {"output_scores", KeyMeaning::Harmless},
    {"penalty_alpha", KeyMeaning::Harmless},
    {"prefill_chunk_size", KeyMeaning::Harmless},
    {"prompt_lookup_num_tokens", KeyMeaning::Harmless},
    {"remove_invalid_values", KeyMeaning::Harmless},
    {"renormalize_logits", KeyMeaning::Harmless},
    {"repetition_penalty", KeyMeaning::Harmless},
    {"return_dict_in_generate", KeyMeaning::Harmless},
    {"return_legacy_cache", KeyMeaning::Harmless},
    {"sequence_bias", KeyMeaning::Harmless},
    {"stop_strings", KeyMeaning::Harmless},
    {"suppress_tokens", KeyMeaning::Harmless},
    {"target_lookbehind", KeyMeaning::Harmless},
    {"temperature", KeyMeaning::Harmless},
    {"token_healing", KeyMeaning::Harmless},
    {"top_h", KeyMeaning::Harmless},
    {"top_k", KeyMeaning::Harmless},
    {"top_p", KeyMeaning::Harmless},
    {"typical_p", KeyMeaning::Harmless},
    {"watermarking_config", KeyMeaning::Harmless},

    // Numbers that are stored in another way.
    {"adapter_config", KeyMeaning::OffWhenEmpty},
    {"compression_config", KeyMeaning::OffWhenEmpty},
    {"per_layer_config", KeyMeaning::OffWhenEmpty},
    {"pruned_heads", KeyMeaning::OffWhenEmpty},
    {"quantization", KeyMeaning::OffWhenEmpty},
    {"quantization_config", KeyMeaning::OffWhenEmpty},

    // Encoders, and what is read beside ids.
    {"add_cross_attention", KeyMeaning::OffWhenEmpty},
    {"cross_attention_hidden_size", KeyMeaning::OffWhenEmpty},
    {"is_causal", KeyMeaning::OffWhenTrue},
    {"is_encoder_decoder", KeyMeaning::OffWhenEmpty},
    {"text_config", KeyMeaning::OffWhenEmpty},
    {"tie_encoder_decoder", KeyMeaning::OffWhenEmpty},
    {"type_vocab_size", KeyMeaning::OffWhenEmpty},
    {"use_bidirectional_attention", KeyMeaning::OffWhenEmpty},
    {"vision_config", KeyMeaning::OffWhenEmpty},

    // What attention looks back on. Layers from `max_window_layers` on have the
    // window of `use_sliding_window`.
    {"attention_chunk_size", KeyMeaning::OffWhenEmpty},
    {"layer_types", KeyMeaning::OffWhenFullLayers},
    {"max_window_layers", KeyMeaning::Harmless},
    {"sliding_window", KeyMeaning::OffWhenEmpty, "use_sliding_window"},
    {"sliding_window_pattern", KeyMeaning::OffWhenEmpty, "use_sliding_window"},
    {"use_sliding_window", KeyMeaning::OffWhenEmpty},

    // Rotations and other positions.
    {"alibi", KeyMeaning::OffWhenEmpty},
    {"no_rope_layer_interval", KeyMeaning::OffWhenEmpty},
    {"no_rope_layers", KeyMeaning::OffWhenEmpty},
    {"partial_rotary_factor", KeyMeaning::OffWhenOne},
    {"rope_base", KeyMeaning::OffWhenEmpty},
    {"rope_interleaved", KeyMeaning::OffWhenEmpty},
    {"rope_local_base_freq", KeyMeaning::OffWhenEmpty},
    {"rope_traditional", KeyMeaning::OffWhenEmpty},
    {"rotary_base", KeyMeaning::OffWhenEmpty},
    {"rotary_dim", KeyMeaning::OffWhenEmpty},
    {"rotary_emb_base", KeyMeaning::OffWhenEmpty},
    {"rotary_pct", KeyMeaning::OffWhenOne},

    // Factors and limits on the way. Where an attention's factor is given, it
    // stands in place of that of the head's size: 1 does not leave it alone.
    {"attention_multiplier", KeyMeaning::OffWhenEmpty},
    {"attn_logit_softcapping", KeyMeaning::OffWhenEmpty},
    {"clip_qkv", KeyMeaning::OffWhenEmpty},
    {"embedding_multiplier", KeyMeaning::OffWhenOne},
    {"final_logit_softcapping", KeyMeaning::OffWhenEmpty},
    {"logit_scale", KeyMeaning::OffWhenOne},
    {"logits_scaling", KeyMeaning::OffWhenOne},
    {"query_pre_attn_scalar", KeyMeaning::OffWhenEmpty},
    {"residual_multiplier", KeyMeaning::OffWhenOne},
    {"scale_depth", KeyMeaning::OffWhenEmpty},
    {"scale_emb", KeyMeaning::OffWhenOne},

    // Other norms and biases, and other orders of layers.
    {"parallel_attn", KeyMeaning::OffWhenEmpty},
    {"qk_layernorm", KeyMeaning::OffWhenEmpty},
    {"qk_norm", KeyMeaning::OffWhenEmpty},
    {"qkv_bias", KeyMeaning::OffWhenEmpty},
    {"use_bias", KeyMeaning::OffWhenEmpty},
    {"use_parallel_residual", KeyMeaning::OffWhenEmpty},
    {"use_qk_norm", KeyMeaning::OffWhenEmpty},
    {"use_qkv_bias", KeyMeaning::OffWhenEmpty},

    // Experts, and attention of lower rank.
    {"kv_lora_rank", KeyMeaning::OffWhenEmpty},
    {"moe_intermediate_size", KeyMeaning::OffWhenEmpty},
    {"n_routed_experts", KeyMeaning::OffWhenEmpty},
    {"n_shared_experts", KeyMeaning::OffWhenEmpty},
    {"num_experts", KeyMeaning::OffWhenEmpty},
    {"num_experts_per_tok", KeyMeaning::OffWhenEmpty},
    {"num_local_experts", KeyMeaning::OffWhenEmpty},
    {"q_lora_rank", KeyMeaning::OffWhenEmpty},
    {"shared_expert_intermediate_size", KeyMeaning::OffWhenEmpty},
};

llvm::ArrayRef<ConfigKey> llamir::getConfigKeys() { return configKeys; }

const ConfigKey *llamir::findKey(llvm::ArrayRef<ConfigKey> keys,
                                 llvm::StringRef name) {
  const ConfigKey *found = llvm::find_if(
      keys, [&](const ConfigKey &key) { return key.name == name; });
  return found == keys.end() ? nullptr : found;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

bool llamir::isEmpty(const llvm::json::Value &value) {
  switch (value.kind()) {
  case llvm::json::Value::Null:
    return true;
  case llvm::json::Value::Boolean:
    return !*value.getAsBoolean();
  case llvm::json::Value::Number:
    return *value.getAsNumber() == 0;
  case llvm::json::Value::String:
    return value.getAsString()->empty();
  case llvm::json::Value::Array:
    return value.getAsArray()->empty();
  case llvm::json::Value::Object:
    return value.getAsObject()->empty();
  }
  llvm_unreachable("unknown kind of value");
}

/// Whether every layer looks back on all keys.
static bool areFullLayers(const llvm::json::Value &value) {
  const llvm::json::Array *layers = value.getAsArray();
  return layers && llvm::all_of(*layers, [](const llvm::json::Value &layer) {
           return layer.getAsString() == llvm::StringRef("full_attention");
         });
}

bool llamir::isOff(KeyMeaning meaning, const llvm::json::Value &value) {
  bool isNull = value.kind() == llvm::json::Value::Null;
  switch (meaning) {
  case KeyMeaning::Harmless:
    return true;
  case KeyMeaning::OffWhenEmpty:
    return isEmpty(value);
  // A factor of 0 is none, and false is the other of the two.
  case KeyMeaning::OffWhenOne:
    return isNull || value.getAsNumber() == 1.0;
  case KeyMeaning::OffWhenTrue:
    return isNull || value.getAsBoolean() == true;
  case KeyMeaning::OffWhenFullLayers:
    return isNull || areFullLayers(value);
  }
  llvm_unreachable("unknown meaning of a key");
}

llvm::StringRef llamir::describeOff(KeyMeaning meaning) {
  switch (meaning) {
  case KeyMeaning::Harmless:
    break;
  case KeyMeaning::OffWhenEmpty:
    return "only null, false and 0 are supported";
  case KeyMeaning::OffWhenOne:
    return "only 1 is supported";
  case KeyMeaning::OffWhenTrue:
    return "only true is supported";
  case KeyMeaning::OffWhenFullLayers:
    return "only 'full_attention' is supported";
  }
  llvm_unreachable("a key that is never off, or always");
}
