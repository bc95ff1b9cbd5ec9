import { timmMobileNetV2Module } from './timm-mobilenet-v2.js';

describe('timmMobileNetV2Module', () => {
  it.each([
    ['features.0.0', 'conv_stem'],
    ['features.0.1', 'bn1'],
    ['features.1.conv.0.0', 'blocks.0.0.conv_dw'],
    ['features.1.conv.1', 'blocks.0.0.conv_pw'],
    ['features.1.conv.2', 'blocks.0.0.bn2'],
    ['features.2.conv.0.0', 'blocks.1.0.conv_pw'],
    ['features.3.conv.3', 'blocks.1.1.bn3'],
    ['features.7.conv.1.1', 'blocks.3.0.bn2'],
    ['features.17.conv.2', 'blocks.6.0.conv_pwl'],
    ['features.18.0', 'conv_head'],
    ['features.18.1', 'bn2'],
    ['features.19.0', 'features.19.0'],
    ['layer1.0.conv1', 'layer1.0.conv1'],
  ])('calls %s %s', (torchvision, timm) => {
    expect(timmMobileNetV2Module(torchvision)).toBe(timm);
  });
});
