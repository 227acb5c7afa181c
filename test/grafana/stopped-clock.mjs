// Loaded before the server, it stops its clock at an instant in epoch milliseconds.
const at = Number(process.env.CLOCK_STOPPED_AT);

Date.now = () => at;
