export declare function findPart(name: 'chromium' | 'redis' | 'zsh' | 'fish' | 'python'): string | undefined;
