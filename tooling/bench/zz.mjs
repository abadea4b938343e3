import { createScorer, V1_CONFIG } from '@somakit/scoring';
const path='/tmp/scfull/v1.safetensors';
const s=await createScorer({config:{...V1_CONFIG, seqLen:128},device:'cpu',cacheDir:'/tmp/scfull/c128',repack:false});
const N=8;
let state=1; const rnd=()=>((state=(Math.imul(state,1664525)+1013904223)|0)>>>8);
const cands=Array.from({length:N},(_,i)=>Uint8Array.from({length:128},()=>rnd()%(2+i*30)));
const cpu=[];const t=process.cpuUsage();
const {error}=await s.screen(cands,[{targetEmbedding:Float32Array.from({length:2048},(_,i)=>Math.cos(i*i)),models:[{path}]}],{sample:N,count:1});
console.log(JSON.stringify(error)); await s.close();
