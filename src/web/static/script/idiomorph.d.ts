// Served from its package: see `assets.ts`.
export { Idiomorph } from 'idiomorph';
