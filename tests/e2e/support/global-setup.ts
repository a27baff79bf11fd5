import { Collector } from './collector.ts';

/** One collector for all tests: each test is a visitor of its own and reads only its own journey. */
export default async function setup(): Promise<() => Promise<void>> {
  const collector = await Collector.start();
  process.env.WAYSIDE_BASE = collector.base;
  return () => collector.stop();
}
