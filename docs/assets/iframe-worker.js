/* Search in a page that was opened as a file: browsers refuse workers there, so the script runs in a hidden frame. */
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.ready = new Promise((done) => {
        frame.addEventListener("load", () => done(frame.contentWindow));
      });
      window.iframeWorkers = (window.iframeWorkers || []).concat(this);
      const number = window.iframeWorkers.length - 1;
      frame.srcdoc = `<script>
        self.postMessage = (data) => parent.iframeWorkers[${number}].receive(data);
      <\/script><script src="${address}"><\/script>`;
      document.addEventListener("DOMContentLoaded", () => document.body.append(frame));
      if (document.body) document.body.append(frame);
      this.frame = frame;
    }
    receive(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      if (this.onmessage) this.onmessage(event);
    }
    postMessage(data) {
      this.ready.then((inside) => inside.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate() {
      this.frame.remove();
    }
  };
  window.Worker = window.IFrameWorker;
}
