export { type SubmitModelParameters, type SubmitModelResult, submitModel } from './submit-model.js';
export { type UploadParameters, type UploadProgress, type UploadResult, uploadToHub } from './upload.js';
