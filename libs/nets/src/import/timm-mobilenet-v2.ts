/** Blocks of each of MobileNetV2's stages: torchvision counts them through, timm stage by stage. */
const STAGE_BLOCKS = [1, 2, 3, 4, 3, 3, 1] as const;
const STEM = 0;
const LAST = 1 + STAGE_BLOCKS.reduce((sum: number, blocks) => sum + blocks, 0);

const STEM_MODULES: Readonly<Record<string, string>> = { '0': 'conv_stem', '1': 'bn1' };
const LAST_MODULES: Readonly<Record<string, string>> = { '0': 'conv_head', '1': 'bn2' };
const BLOCK_MODULES: Readonly<Record<string, string>> = {
  'conv.0.0': 'conv_pw',
  'conv.0.1': 'bn1',
  'conv.1.0': 'conv_dw',
  'conv.1.1': 'bn2',
  'conv.2': 'conv_pwl',
  'conv.3': 'bn3',
};
/** Of the first stage, whose block does not expand. */
const FIRST_BLOCK_MODULES: Readonly<Record<string, string>> = {
  'conv.0.0': 'conv_dw',
  'conv.0.1': 'bn1',
  'conv.1': 'conv_pw',
  'conv.2': 'bn2',
};

/** Timm's name (`mobilenetv2_100` and kin) for a module of torchvision's MobileNetV2; other names stay as they are. */
export function timmMobileNetV2Module(id: string): string {
  const [, index = '', rest = ''] = /^features\.(\d+)\.(.+)$/.exec(id) ?? [];
  const at = Number(index);
  if (rest === '' || at > LAST) return id;
  if (at === STEM) return STEM_MODULES[rest] ?? id;
  if (at === LAST) return LAST_MODULES[rest] ?? id;
  let [stage, block] = [0, at - 1];
  while (block >= (STAGE_BLOCKS[stage] ?? 1)) block -= STAGE_BLOCKS[stage++] ?? 1;
  const module = (stage === 0 ? FIRST_BLOCK_MODULES : BLOCK_MODULES)[rest];
  return module === undefined ? id : `blocks.${stage}.${block}.${module}`;
}
