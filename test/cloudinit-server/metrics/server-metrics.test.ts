import { describe, expect, it } from 'vitest';
import { classifyRequest } from '../../../cloudinit-server/metrics/classify-request.ts';
import { renderExposition } from '../../../cloudinit-server/metrics/render-exposition.ts';
import { createServerMetrics } from '../../../cloudinit-server/metrics/server-metrics.ts';
import { parseExposition } from './parse-exposition.ts';

describe('createServerMetrics()', () => {
  it('begins with zeros, so that a first increase is seen', () => {
    const families = parseExposition(renderExposition(createServerMetrics().read()));
    const { samples } = families.get('cloudinit_requests_total') ?? {};
    expect(samples?.get('cloudinit_requests_total{file="user-data",status="200"}')).toBe(0);
    expect(families.get('cloudinit_macs_refused_total')?.samples.get('cloudinit_macs_refused_total')).toBe(0);
  });

  it('counts by label', () => {
    const metrics = createServerMetrics();
    metrics.countRequest('user-data', 200);
    metrics.countRequest('user-data', 200);
    metrics.countRequest('other', 404);
    metrics.countRefusedMac();
    const text = renderExposition(metrics.read());
    expect(text).toContain('\ncloudinit_requests_total{file="user-data",status="200"} 2\n');
    expect(text).toContain('\ncloudinit_requests_total{file="other",status="404"} 1\n');
    expect(text).toContain('\ncloudinit_macs_refused_total 1\n');
  });

  it('has histograms whose buckets hold all that is smaller', () => {
    const metrics = createServerMetrics();
    for (const seconds of [0.5, 1, 45, 4000]) metrics.observeStage('ready', seconds);
    const families = parseExposition(renderExposition(metrics.read()));
    const samples = families.get('cloudinit_boot_stage_seconds')?.samples;
    const name = 'cloudinit_boot_stage_seconds';
    const bucket = (le: string) => samples?.get(`${name}_bucket{stage="ready",le="${le}"}`);
    expect(['1', '30', '60', '1800', '+Inf'].map(bucket)).toEqual([2, 2, 3, 3, 4]);
    expect(samples?.get(`${name}_sum{stage="ready"}`)).toBe(4046.5);
    expect(samples?.get(`${name}_count{stage="ready"}`)).toBe(4);
    expect(samples?.get(`${name}_count{stage="activated"}`)).toBe(0);
  });
});

describe('renderExposition()', () => {
  it('escapes what would end a label or a line', () => {
    const samples = [{ labels: { l: 'a"b\\c\nd' }, value: 1 }];
    const text = renderExposition([{ name: 'x', type: 'gauge', help: 'a\nb\\', samples }]);
    expect(text).toBe('# HELP x a\\nb\\\\\n# TYPE x gauge\nx{l="a\\"b\\\\c\\nd"} 1\n');
    expect(parseExposition(text).get('x')?.samples.size).toBe(1);
  });
});

describe('classifyRequest()', () => {
  it.each([
    ['/lab/vm1/user-data', 'user-data'],
    ['/lab/vm1meta-data', 'meta-data'],
    ['/a/network-config/?x=y', 'network-config'],
    ['/-/vm/TOKEN/vendor-data', 'vendor-data'],
    ['/-/events/TOKEN', 'report'],
    ['/-/phone-home/TOKEN', 'phone-home'],
    ['/etc/passwd', 'other'],
    ['', 'other'],
    ['/healthz', undefined],
    ['/readyz?x', undefined],
  ])('takes %s for %s', (target, kind) => {
    expect(classifyRequest(target)).toBe(kind);
  });
});
