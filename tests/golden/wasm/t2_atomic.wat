(module
(import "env" "memory" (memory 1))
(import "t1" "region_load_reserved" (func $region_load_reserved (param i64 i64 i64 i64) (result i64 i64)))
(import "t1" "region_store_conditional" (func $region_store_conditional (param i64 i64 i64 i64 i64) (result i64 i64)))
(func $access_load_reserved (param $va i64) (param $size i64) (param $site i32) (param $base i64) (param $left i32) (result i32 i64)
  (local $result i64)
  local.get $va
  local.get $size
  local.get $base
  local.get $site
  i32.const 0x1fff
  i32.and
  i64.extend_i32_u
  i64.add
  local.get $left
  local.get $site
  i32.const 16
  i32.shr_u
  i32.add
  i64.extend_i32_s
  call $region_load_reserved
  local.set $result
  i32.wrap_i64
  local.get $result)
(func $access_store_conditional (param $va i64) (param $size i64) (param $value i64) (param $site i32) (param $base i64) (param $left i32) (result i32 i64)
  (local $result i64)
  local.get $va
  local.get $size
  local.get $value
  local.get $base
  local.get $site
  i32.const 0x1fff
  i32.and
  i64.extend_i32_u
  i64.add
  local.get $left
  local.get $site
  i32.const 16
  i32.shr_u
  i32.add
  i64.extend_i32_s
  call $region_store_conditional
  local.set $result
  i32.wrap_i64
  local.get $result)
(func $region (export "region") (param $pc i64) (param $left i32) (param $table i32) (param $label i32) (result i64 i32 i32)
  (local $site i32)
  (local $how i32)
  (local $base i64)
  (local $i32_0 i32)
  (local $i32_1 i32)
  (local $i64_0 i64)
  (local $i64_1 i64)
  (local $i64_2 i64)
  (local $i64_3 i64)
  (local $i64_4 i64)
  (local $i64_5 i64)
  (local $t0 i64)
  (local $t1 i64)
  (local $t2 i64)
  (local $a0 i64)
  (local $a1 i64)
  (local $a2 i64)
  local.get $pc
  i64.const -4096
  i64.and
  local.set $base
  i32.const 0
  i64.load offset=28442664
  local.set $t0
  i32.const 0
  i64.load offset=28442672
  local.set $t1
  i32.const 0
  i64.load offset=28442680
  local.set $t2
  i32.const 0
  i64.load offset=28442704
  local.set $a0
  i32.const 0
  i64.load offset=28442712
  local.set $a1
  i32.const 0
  i64.load offset=28442720
  local.set $a2
  block
    block
      block
        block
          block
            loop
              local.get $left
              i32.const 5
              i32.lt_s
              (@metadata.code.branch_hint "\00") if
                i32.const 0
                local.set $site
                br 3
              end
              local.get $left
              i32.const -4
              i32.add
              local.set $left
              local.get $a0
              i64.const 8
              i32.const 0x38000
              local.tee $site
              local.get $base
              local.get $left
              call $access_load_reserved
              local.set $i64_0
              local.tee $how
              i32.const 1
              i32.and
              (@metadata.code.branch_hint "\00") br_if 4
              local.get $i64_0
              local.set $t0
              local.get $how
              (@metadata.code.branch_hint "\00") br_if 4
              local.get $t0
              local.get $a1
              i64.add
              local.set $t1
              local.get $a0
              i64.const 8
              local.get $t1
              i32.const 0x18008
              local.tee $site
              local.get $base
              local.get $left
              call $access_store_conditional
              local.set $i64_0
              local.tee $how
              i32.const 1
              i32.and
              (@metadata.code.branch_hint "\00") br_if 4
              local.get $i64_0
              local.set $t2
              local.get $how
              (@metadata.code.branch_hint "\00") br_if 4
              local.get $t2
              i64.const 0
              i64.ne
              br_if 0
              local.get $left
              i32.const -1
              i32.add
              local.set $left
              local.get $a2
              local.tee $i64_0
              i64.const 0xfffffffffffff003
              i64.and
              local.get $i64_0
              i64.const 9
              i64.shr_u
              i32.wrap_i64
              i32.const 0x7f8
              i32.and
              local.get $table
              i32.add
              local.tee $i32_0
              i64.load offset=164296
              i64.ne
              (@metadata.code.branch_hint "\00") if
                i32.const 0x8010
                local.set $site
                br 4
              end
              local.get $i64_0
              i32.wrap_i64
              local.get $i32_0
              i32.load offset=197064
              i32.add
              i64.load32_u offset=28459008
              local.tee $i64_1
              i64.extend32_s
              local.tee $i64_2
              local.set $i64_3
              local.get $i64_0
              i32.wrap_i64
              local.get $i32_0
              i32.load offset=197064
              i32.add
              local.get $i64_3
              i64.store32 offset=28459008
              local.get $i64_2
              local.set $a0
              i32.const 20
              local.set $site
              br 1
            end
          end
          local.get $base
          local.get $site
          i64.extend_i32_s
          i64.add
          local.set $pc
          br 3
        end
        local.get $base
        local.get $site
        i64.extend_i32_s
        i64.add
        local.set $pc
        i32.const 2
        i32.const 0
        local.get $left
        select
        local.set $how
        br 2
      end
      local.get $left
      local.get $site
      i32.const 16
      i32.shr_u
      i32.add
      i32.const 1
      i32.add
      local.set $left
      local.get $base
      local.get $site
      i32.const 0x1fff
      i32.and
      i64.extend_i32_u
      i64.add
      local.set $pc
      i32.const 2
      local.set $how
      br 1
    end
    local.get $left
    local.get $site
    i32.const 16
    i32.shr_u
    i32.add
    local.set $left
    local.get $how
    i32.const 1
    i32.and
    if
      i32.const 1
      local.set $how
    else
      i32.const 3
      local.set $how
      local.get $base
      local.get $site
      i32.const 13
      i32.shr_u
      i32.const 7
      i32.and
      i64.extend_i32_u
      i64.add
      local.set $base
    end
    local.get $base
    local.get $site
    i32.const 0x1fff
    i32.and
    i64.extend_i32_u
    i64.add
    local.set $pc
  end
  i32.const 0
  local.get $t0
  i64.store offset=28442664
  i32.const 0
  local.get $t1
  i64.store offset=28442672
  i32.const 0
  local.get $t2
  i64.store offset=28442680
  i32.const 0
  local.get $a0
  i64.store offset=28442704
  local.get $pc
  local.get $left
  local.get $how))
