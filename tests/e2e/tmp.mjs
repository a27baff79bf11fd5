import { chromium } from 'playwright-core';
import { visits } from './visits/visits.mjs'; import { Shopper } from './visits/shopper.mjs'; import { shiftClock, countCaptured, capturedSoFar } from './visits/in-page.mjs'; import { differences } from './visits/compare.mjs';
const only=process.argv[2]??''; const base='http://127.0.0.1:18978';
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-gpu','--headless']});
for(const v of visits.filter(v=>v.name.includes(only))){const c=await b.newContext();const bad=[];
 const open=async o=>{const p=await c.newPage();p.on('pageerror',e=>bad.push(e.message));p.on('console',m=>m.type()==='error'&&bad.push(m.text()));
 await p.addInitScript(shiftClock,o);
 await p.addInitScript(()=>{const put=(x)=>{const a=JSON.parse(localStorage.getItem('T')??'[]');a.push(x);localStorage.setItem('T',JSON.stringify(a))};
 document.addEventListener('load',e=>{if(e.target.src?.endsWith('/wayside.js')){wayside.on('touchpoint',t=>put(t));wayside.on('signal',t=>put({kind:'SIG',...t}))}},true)});await p.addInitScript(countCaptured);return p};
 const s=new Shopper(await open(-v.hoursAgo*3.6e6),base,async o=>open(o)); const t0=Date.now();
 try{ await v.run(s); }catch(e){bad.push(e.message.slice(0,300))}
 const t=JSON.parse(await s.page.evaluate(()=>localStorage.getItem('T'))??'[]').map(t=>({...t.items?.[0],...t,path:t.url&&new URL(t.url).pathname}));
 const d=differences(s.expected,t.filter(t=>t.kind!=='SIG').map(t=>t.kind==='custom'?{...t,kind:t.name}:t));
 console.log(await capturedSoFar(s.page),Date.now()-t0,v.name,s.expected.length,t.length,'signals',t.filter(t=>t.kind==='SIG').map(t=>t.name).join(),'/',s.signals.join(),d.filter(x=>!x.includes('page_view')).length>99?d:'',bad.length?'\n  BAD '+bad.join('\n  BAD '):'');
 if(only) for(const r of t) if(r.kind=='checkout_step_time'||r.kind=='SIG')console.log(JSON.stringify(r));
 await c.close();}
await b.close();
