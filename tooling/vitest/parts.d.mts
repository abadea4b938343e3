export declare function findPart(name: 'chromium' | 'redis' | 'python'): string | undefined;
