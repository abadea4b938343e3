export declare function violations(folder: string): Promise<string[]>;
