(module
(import "env" "memory" (memory 1))
(func $mulhu (param $a i64) (param $b i64) (result i64)
  (local $middle i64)
  (local $other i64)
  local.get $a
  i64.const 0xffffffff
  i64.and
  local.get $b
  i64.const 0xffffffff
  i64.and
  i64.mul
  i64.const 32
  i64.shr_u
  local.get $a
  i64.const 32
  i64.shr_u
  local.get $b
  i64.const 0xffffffff
  i64.and
  i64.mul
  i64.add
  local.set $middle
  local.get $a
  i64.const 0xffffffff
  i64.and
  local.get $b
  i64.const 32
  i64.shr_u
  i64.mul
  local.get $middle
  i64.const 0xffffffff
  i64.and
  i64.add
  local.set $other
  local.get $a
  i64.const 32
  i64.shr_u
  local.get $b
  i64.const 32
  i64.shr_u
  i64.mul
  local.get $middle
  i64.const 32
  i64.shr_u
  i64.add
  local.get $other
  i64.const 32
  i64.shr_u
  i64.add)
(func $mulhs (param $a i64) (param $b i64) (result i64)
  local.get $a
  local.get $b
  call $mulhu
  local.get $b
  local.get $a
  i64.const 63
  i64.shr_s
  i64.and
  i64.sub
  local.get $a
  local.get $b
  i64.const 63
  i64.shr_s
  i64.and
  i64.sub)
(func $mulhsu (param $a i64) (param $b i64) (result i64)
  local.get $a
  local.get $b
  call $mulhu
  local.get $b
  local.get $a
  i64.const 63
  i64.shr_s
  i64.and
  i64.sub)
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
  (local $a0 i64)
  (local $a1 i64)
  (local $a2 i64)
  (local $a3 i64)
  local.get $pc
  i64.const -4096
  i64.and
  local.set $base
  i32.const 0
  i64.load offset=28442704
  local.set $a0
  i32.const 0
  i64.load offset=28442712
  local.set $a1
  i32.const 0
  i64.load offset=28442720
  local.set $a2
  i32.const 0
  i64.load offset=28442728
  local.set $a3
  block
    block
      block
        block
          block
            loop
              block
                block
                  block
                    local.get $label
                    br_table 0 1 1
                  end
                  local.get $left
                  i32.const 2
                  i32.lt_s
                  (@metadata.code.branch_hint "\00") if
                    i32.const 0
                    local.set $site
                    br 5
                  end
                  local.get $left
                  i32.const -1
                  i32.add
                  local.set $left
                  local.get $a0
                  i64.eqz
                  br_if 0
                  br 1
                end
                local.get $left
                i32.const 4
                i32.lt_s
                (@metadata.code.branch_hint "\00") if
                  i32.const 8
                  local.set $site
                  br 4
                end
                local.get $left
                i32.const -2
                i32.add
                local.set $left
                local.get $a0
                i64.const 1
                i64.shr_u
                local.tee $a0
                i64.const 0
                i64.ne
                br_if 0
                local.get $left
                i32.const -2
                i32.add
                local.set $left
                local.get $a2
                local.get $a3
                call $mulhu
                local.set $a1
                i32.const 0x1000
                local.set $site
                br 2
              end
              local.get $left
              i32.const -1
              i32.add
              local.set $left
              local.get $a0
              i64.const 0xffffffffffffffff
              i64.add
              local.set $a0
              i32.const 1
              local.set $label
              br 0
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
  local.get $a0
  i64.store offset=28442704
  i32.const 0
  local.get $a1
  i64.store offset=28442712
  local.get $pc
  local.get $left
  local.get $how))
