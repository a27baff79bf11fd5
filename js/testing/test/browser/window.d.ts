import type { Wayside } from '@wayside/tracker';

declare global {
  interface Window {
    wayside: Wayside;
  }
}
