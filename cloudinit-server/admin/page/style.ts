/** The style of every page. No measure is in pixels but hairlines, so that it grows with the reader's font. */
export const PAGE_STYLE = `:root{color-scheme:light dark;
--ground:#fff;--raised:#f6f7f8;--ink:#1c2127;--soft:#59626d;--line:#dfe2e6;--accent:#0a58a8;
--ready:#1b6e3f;--booting:#0a58a8;--stuck:#8a4b00;--failed:#b3211c;--new:#59626d;--unobserved:#6a4c9c;
--bar:#3f8f63;--bar-open:#5b97d4;--tint-stuck:#fff4e0;--tint-failed:#fdeceb}
@media (prefers-color-scheme:dark){:root{
--ground:#15181c;--raised:#1d2126;--ink:#e4e7ea;--soft:#9da6b0;--line:#31373e;--accent:#82b8f2;
--ready:#74cf9b;--booting:#82b8f2;--stuck:#f2b45c;--failed:#ff8f87;--new:#9da6b0;--unobserved:#c4abf0;
--bar:#4fa577;--bar-open:#5b97d4;--tint-stuck:#2f2617;--tint-failed:#331f1f}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:.9375rem/1.45 system-ui,sans-serif}
header,main,footer{max-width:88rem;margin:0 auto;padding:0 1.5rem}
p,ul,ol,dl,dd,h1,h2{margin:0}
ul,ol{padding:0;list-style:none}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
main:focus{outline:0}
code,.address{font-family:ui-monospace,monospace;font-size:.9em}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-99rem;padding:.5rem 1rem;background:var(--ground)}
.skip:focus{left:.5rem;top:.5rem;z-index:1}
[hidden]{display:none!important}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;align-items:center;padding-top:.75rem;padding-bottom:.75rem}
.brand a{color:var(--soft);font-weight:600;text-decoration:none}
.live{display:flex;flex-wrap:wrap;gap:.25rem .9rem;align-items:center;color:var(--soft);font-size:.8125rem}
#live-state::before{content:"";display:inline-block;width:.5em;height:.5em;margin-right:.4em;border-radius:50%;background:var(--new)}
#live-state[data-on]::before{background:var(--ready)}
button,.button{font:inherit;color:var(--ink);background:var(--raised);border:1px solid var(--line);border-radius:.35rem;padding:.2rem .7rem;cursor:pointer;text-decoration:none}
button:hover,.button:hover{border-color:var(--soft)}
.act{color:var(--ground);background:var(--accent);border-color:var(--accent);font-weight:600}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.0625rem;font-weight:650;margin-bottom:.5rem}
section{margin-top:2rem}
.tools{display:flex;flex-wrap:wrap;gap:.75rem 2rem;justify-content:space-between;align-items:end;margin:.75rem 0 1rem}
search{flex:0 1 24rem}
form{display:flex;gap:.5rem;align-items:center}
label{color:var(--soft);font-size:.8125rem}
input{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--soft);border-radius:.35rem;padding:.2rem .6rem;flex:1 1 17rem;min-width:0}
input::placeholder{color:var(--soft);opacity:1}
.filters{display:flex;flex-wrap:wrap;gap:.3rem}
.filters a{display:flex;gap:.35rem;align-items:center;padding:.15rem .6rem;border:1px solid var(--line);border-radius:1rem;color:var(--ink);text-decoration:none}
.filters a:hover{border-color:var(--soft)}
.filters [aria-current]{background:var(--ink);border-color:var(--ink);color:var(--ground)}
.count{color:var(--soft);font-variant-numeric:tabular-nums}
[aria-current] .count{color:inherit}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;font-weight:inherit;padding:.4rem 1.2rem .4rem 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th,thead td{color:var(--soft);font-size:.8125rem;white-space:nowrap;border-color:var(--soft)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.vms thead{position:sticky;top:0;background:var(--ground)}
.vms tbody th a{font-weight:600;color:var(--ink);overflow-wrap:anywhere}
.vms tbody tr:hover{background:var(--raised)}
.vms time,.vms .stage{white-space:nowrap;color:var(--soft)}
.vms th[scope=row]{min-width:15.5rem}
.vms .runs-on{white-space:nowrap}
.vms .findings{width:34%;color:var(--ink)}
.soft,.note{color:var(--soft)}
.vms .soft{font-size:.8125rem;font-weight:400}
.findings p{display:inline;overflow-wrap:anywhere}
.findings a{white-space:nowrap}
.findings .shape{color:var(--stuck);margin-right:.35rem;vertical-align:-.15em}
.state{display:inline-flex;gap:.35rem;align-items:center;font-weight:600;white-space:nowrap}
.shape{flex:none;fill:currentColor;stroke:none}
.ring{fill:none;stroke:currentColor;stroke-width:2}
.dashed{stroke-dasharray:2.5 2.2}
.cut{fill:none;stroke:var(--ground);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.state.ready,.result.ready,.filters .ready .shape{color:var(--ready)}
.state.booting,.result.booting,.filters .booting .shape{color:var(--booting)}
.state.stuck,.result.stuck,.filters .stuck .shape{color:var(--stuck)}
.state.failed,.result.failed,.filters .failed .shape{color:var(--failed)}
.state.new,.state.gone,.filters .new .shape,.filters .gone .shape{color:var(--new)}
.state.unobserved,.filters .unobserved .shape{color:var(--unobserved)}
.filters [aria-current] .shape{color:inherit}
.filters [aria-current] .cut{stroke:var(--ink)}
.result{font-weight:600;white-space:nowrap}
.stage{display:inline-flex;gap:.5rem;align-items:center}
.blocks .full{fill:var(--soft)}
.blocks .empty{fill:var(--line)}
.nothing{padding:3rem 0;color:var(--soft)}
.pager{display:flex;gap:1.5rem;padding:1rem 0;font-variant-numeric:tabular-nums}
.title{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;margin:.25rem 0 1rem}
.problems{margin:0 0 1.25rem;padding:.75rem 1rem;border-left:4px solid var(--soft);background:var(--raised);border-radius:0 .35rem .35rem 0}
.problems.stuck{border-color:var(--stuck);background:var(--tint-stuck)}
.problems.failed{border-color:var(--failed);background:var(--tint-failed)}
.problems h2{font-size:.9375rem;margin:0 0 .15rem}
.problems li{max-width:80ch;overflow-wrap:anywhere}
.problems li+li{margin-top:.35rem}
.steps{padding-left:1.1rem;list-style:disc}
.steps li{max-width:80ch;overflow-wrap:anywhere}
.steps li+li{margin-top:.25rem}
.confirm{margin-top:2rem;gap:1.25rem}
.problems.done{border-color:var(--ready)}
.mistakes li{max-width:90ch;overflow-wrap:anywhere}
.mistakes li+li{margin-top:.6rem}
.facts{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem}
.more{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:baseline;margin-top:.9rem}
.facts+.facts{margin-top:.9rem}
dt{color:var(--soft);font-size:.8125rem}
dd{overflow-wrap:anywhere}
.boots{display:flex;flex-wrap:wrap;gap:.3rem .5rem;margin-bottom:.75rem}
.boots a{display:flex;gap:.6rem;padding:.2rem .6rem;border:1px solid var(--line);border-radius:.35rem;color:var(--ink);text-decoration:none;font-size:.8125rem;font-variant-numeric:tabular-nums}
.boots [aria-current]{border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.timeline{margin-top:.25rem;table-layout:fixed}
.timeline thead th{width:5rem}
.timeline thead th:first-child{width:18rem}
.timeline thead th:nth-child(4){width:6rem}
.timeline th,.timeline td{padding-top:0;padding-bottom:0;border:0;font-size:.8125rem;line-height:1.4rem;white-space:nowrap}
.timeline tbody th{padding-left:1rem;white-space:normal;overflow-wrap:anywhere}
.timeline .whole th{padding-left:0;font-weight:650}
.timeline .whole th,.timeline .whole td{padding-top:.5rem}
.timeline .ok{color:var(--soft)}
.timeline tbody tr:hover{background:var(--raised)}
.timeline svg{display:block;overflow:visible}
.timeline line{stroke:var(--line);shape-rendering:crispEdges}
.timeline text{fill:var(--soft);font-size:.75rem}
rect.ok,circle.ok{fill:var(--bar)}
rect.failed,circle.failed{fill:var(--failed)}
rect.warned{fill:var(--stuck)}
rect.open{fill:none;stroke:var(--bar-open);stroke-width:1.5;stroke-dasharray:4 3}
.mark{fill:none;stroke-width:2;stroke-linecap:round}
.mark.failed{stroke:var(--failed)}
.mark.warned{stroke:var(--stuck)}
.note{font-size:.8125rem;margin-bottom:.5rem}
.console{display:flex;flex-direction:column-reverse;max-height:26rem;overflow:auto;padding:.6rem .8rem;background:var(--raised);border:1px solid var(--line);border-radius:.35rem}
.text{overflow-x:auto;padding:.6rem .8rem;background:var(--raised);border:1px solid var(--line);border-radius:.35rem}
.text+.text{margin-top:.6rem}
ins{color:var(--ready);text-decoration:none}
del{color:var(--failed);text-decoration:none}
pre{margin:0;font:.8125rem/1.4 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.text pre{white-space:pre}
section>table:not(.timeline){width:auto}
table+.note{margin-top:.5rem}
footer{padding-top:2.5rem;padding-bottom:1.5rem;color:var(--soft);font-size:.8125rem}
footer a{margin-left:.75rem}
@media (max-width:50rem){
header,main,footer{padding-left:1rem;padding-right:1rem}
.tools>*{flex:1 1 100%;min-width:0}
th,td{padding-right:.6rem}
table[role],table[role] tbody{display:block}
table[role] thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table[role] th,table[role] td{display:block;padding:0;border:0}
table[role] td:empty{display:none}
.vms tr{display:flex;flex-wrap:wrap;gap:.1rem .9rem;align-items:baseline;padding:.55rem 0;border-bottom:1px solid var(--line)}
.vms th[scope=row]{flex:1 1 60%;min-width:0}
.vms td{text-align:left}
td[data-label]::before{content:attr(data-label) " ";color:var(--soft)}
.vms td[data-label]{font-size:.8125rem}
.vms .findings{flex-basis:100%;width:100%}
.files tr{display:flex;flex-wrap:wrap;gap:0 .9rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
.files th[scope=row]{flex-basis:100%;font-weight:600}
.keys tr{display:block;padding:.4rem 0;border-bottom:1px solid var(--line)}
.keys code{overflow-wrap:anywhere}
.timeline tr{display:flex;flex-wrap:wrap;gap:0 .75rem}
.timeline tbody tr:not(.whole) th{flex:1;padding-left:1rem}
.timeline tbody .whole{padding-top:.5rem}
.timeline .whole th{flex:1}
.timeline .bar{flex-basis:100%;padding:0 .5rem}
.timeline .bar>svg{height:12px;transform:translateY(-5px)}
.timeline line{display:none}
}
@media (prefers-reduced-motion:no-preference){.state.booting .shape{animation:turn 3s linear infinite}@keyframes turn{to{rotate:1turn}}}
@media print{.live,.tools,.skip,footer{display:none}}
`;
