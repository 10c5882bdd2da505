/** The configuration of an adapter in PEFT's format. */
export const adapterConfigName = 'adapter_config.json';

/** The tensors of an adapter in PEFT's format. */
export const adapterWeightsName = 'adapter_model.safetensors';

/** What PEFT puts before the names of the model's own parameters. */
export const peftPrefix = 'base_model.model.';
