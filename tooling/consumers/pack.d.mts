export interface PublicPackage {
  folder: string;
  manifest: {
    name: string;
    version: string;
    exports: Record<string, unknown>;
    peerDependencies?: Record<string, string>;
  };
  subpaths: { name: string; browser: boolean }[];
}
export declare function publicPackages(): PublicPackage[];
export declare function packAll(destination: string): Map<string, string>;
export declare function packApp(folder: string, destination: string): string;
