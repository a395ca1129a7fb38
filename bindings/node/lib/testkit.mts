export * from './testkit.cjs';
