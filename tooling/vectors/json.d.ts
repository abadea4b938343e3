// Golden data has one shape for each file; a test states the part that it reads.
// biome-ignore lint/suspicious/noExplicitAny: the files are data, their shapes are the tests' business
declare const data: any;
export default data;
