import { join } from 'node:path'
import { modelList, tokenCount, wholeReply } from './vllm-shapes.ts'

/** An nginx with one worker, that stays in the foreground and writes nothing outside its folder. */
function frame(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  )
  return `daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr error;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 75s;
  client_body_buffer_size 64k;
  ${temporary.join('\n  ')}
${http}
}
`
}

/** Answers everything from memory, so that it is never what limits a measurement. */
export function constantUpstream(folder: string, port: number): string {
  const constants = { '/v1/chat/completions': wholeReply, '/v1/models': modelList, '/tokenize': tokenCount, '/': '{}' }
  const locations = Object.entries(constants).map(
    ([path, json]) => `    location ${path === '/' ? '/' : `= ${path}`} { return 200 '${json}'; }`,
  )
  const server = `    listen 127.0.0.1:${port};\n    default_type application/json;\n${locations.join('\n')}`
  return frame(folder, `  server {\n${server}\n  }`)
}

/** Passes everything on, over connections that stay open, without holding frames back. */
export function bareProxy(folder: string, port: number, upstream: string): string {
  const { host } = new URL(upstream)
  return frame(
    folder,
    `  upstream model { server ${host}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }`,
  )
}
