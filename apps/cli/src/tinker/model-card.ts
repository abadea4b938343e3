import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a card tells of a checkpoint. */
export interface CardFacts {
  readonly tinkerPath: string;
  /** The repository that it is uploaded to. */
  readonly repo: string;
  /** Undefined when nobody could say. */
  readonly baseModel?: string | undefined;
  readonly loraRank?: number | null | undefined;
  readonly trained?: readonly string[] | undefined;
}

// Names come from a server: each stays within its line of YAML.
const quoted = (text: string): string => JSON.stringify(text);
const inline = (text: string): string => text.replaceAll(/[\r\n`]+/g, ' ');

/**
 * A README.md as the Hub reads it: the members that the official program writes (base model, library, tags, the path in
 * Tinker), then how to load the adapter. Source: tinker `cli/commands/checkpoint.py`, `_push_checkpoint_to_hub`.
 */
export const modelCard = ({ tinkerPath, repo, baseModel, loraRank, trained = [] }: CardFacts): string => {
  const tags = ['tinker', 'peft', 'lora', ...(baseModel === undefined ? [] : [`base_model:adapter:${baseModel}`])];
  const name = inline(repo.split('/').at(-1) ?? repo);
  const load =
    baseModel === undefined
      ? []
      : [
          '```python',
          'from peft import PeftModel',
          'from transformers import AutoModelForCausalLM',
          '',
          `base = AutoModelForCausalLM.from_pretrained(${quoted(baseModel)})`,
          `model = PeftModel.from_pretrained(base, ${quoted(repo)})`,
          '```',
          '',
        ];
  return [
    '---',
    ...(baseModel === undefined ? [] : [`base_model: ${quoted(baseModel)}`]),
    'library_name: peft',
    'tags:',
    ...tags.map((tag) => `- ${quoted(tag)}`),
    `tinker_path: ${quoted(tinkerPath)}`,
    '---',
    '',
    `# ${name}`,
    '',
    `LoRA weights trained with Tinker${baseModel === undefined ? '' : ` for \`${inline(baseModel)}\``}.`,
    '',
    ...load,
    '| | |',
    '|---|---|',
    ...(baseModel === undefined ? [] : [`| base model | \`${inline(baseModel)}\` |`]),
    ...(typeof loraRank === 'number' ? [`| rank | ${loraRank} |`] : []),
    ...(trained.length === 0 ? [] : [`| trained | ${trained.join(', ')} |`]),
    `| checkpoint | \`${inline(tinkerPath)}\` |`,
    '',
  ].join('\n');
};

export const hasCard = (folder: string): boolean => existsSync(join(folder, 'README.md'));

/** Writes the card beside the weights, unless a README.md is there. Gives whether it did. */
export const writeCard = async (folder: string, facts: CardFacts): Promise<boolean> => {
  try {
    await writeFile(join(folder, 'README.md'), modelCard(facts), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};
