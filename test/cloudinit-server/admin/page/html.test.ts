import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../../cloudinit-server/admin/page/html.ts';

describe('html', () => {
  it('escapes text for elements and for attributes in double quotes', () => {
    expect(String(html`<p title="${`"'<>&`}">${'<b>'}</p>`)).toBe(
      '<p title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;</p>',
    );
  });

  it('takes HTML and lists of it as they are, and leaves out what is absent', () => {
    const items = ['a', 'b'].map(text => html`<li>${text}</li>`);
    expect(String(html`<ul>${items}</ul>${undefined}${null}${false}${0}${''}`)).toBe(
      '<ul><li>a</li><li>b</li></ul>0',
    );
  });

  it('shows what controls terminals, and what turns the direction of text, as U+FFFD', () => {
    expect(String(html`${'a\u0000\u001b[31m\u0085\u202e\u2066\u200f\ufeff\ud800b'}`)).toBe(
      `a\ufffd\ufffd[31m${'\ufffd'.repeat(6)}b`,
    );
    expect(String(html`${'tab\tline\nü\u{1F600}'}`)).toBe('tab\tline\nü\u{1F600}');
  });

  it('lets no text be markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>"\'&;#a= /\u0000') }), text => {
        expect(String(html`${text}`)).toMatch(/^(?:[^<>"'&]|&(?:amp|lt|gt|quot|#39);)*$/u);
      }),
    );
  });
});
