export { type UploadParameters, type UploadProgress, type UploadResult, uploadToHub } from './upload.js';
